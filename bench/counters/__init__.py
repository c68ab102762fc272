"""How soon, how surely and under which name a judge notices the faults of a people counter."""
