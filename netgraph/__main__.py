"""What `python -m netgraph` runs: the command line."""

from netgraph.cli.door import main

if __name__ == "__main__":
    main()
