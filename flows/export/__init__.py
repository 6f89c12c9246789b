"""`taskmill export`: a run as other trainers read it, one file a target; `targets` has the table of them."""
