"""`python -m app.cli`: the command line where the `prodops` script is not on the path."""

from app.cli import main

main()
