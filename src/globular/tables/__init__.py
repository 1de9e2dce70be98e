"""Tables: from a file of text to checked numbers, and back to a file with one column more.

A CSV file says more than numbers: names, text, gaps, an order of rows, a separator. This
package keeps all of it, takes out the columns to cluster, and says by row, line and column
what it cannot read. The scalings and the model file live here too, because both belong to
named columns. Nothing here knows how clusters are found.
"""
