"""What the documentation is built with: pages that run, pictures that they drew, tables made from the code."""
