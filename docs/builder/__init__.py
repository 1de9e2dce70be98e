"""What the documentation is built with: pages that run, their pictures, tables made from the code."""
