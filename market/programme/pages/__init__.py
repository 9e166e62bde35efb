"""Pages of figures: producers, the funnel, paid orders, support, links for spreadsheets."""
