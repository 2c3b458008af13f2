"""All that is Qt: the window, its models and views, the background lane, messages and the theme."""
