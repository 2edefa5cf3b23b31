"""What the numbers mean together: before and after, what comes, what to do. Built on metrics only."""
