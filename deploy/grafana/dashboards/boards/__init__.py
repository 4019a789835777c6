"""The dashboards, one after the other as an operator would look at them."""
