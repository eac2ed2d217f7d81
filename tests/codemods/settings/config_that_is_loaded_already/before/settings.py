TITLE = 'guests'
