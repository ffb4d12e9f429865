"""Copies of photographs among synthetic images: found by many views, laid on one another, judged by their detail."""
