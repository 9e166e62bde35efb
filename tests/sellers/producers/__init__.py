"""Who sells, communes, banks, payout accounts."""
