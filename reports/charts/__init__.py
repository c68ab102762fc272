"""What is drawn: one function a kind of chart, each giving what `drawing` turns into SVG or PNG."""
