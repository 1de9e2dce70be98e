"""What the documentation is built with: pages that run, pictures of what they drew, tables made from the code."""
