package house

func hall() { door[int]{}.open() }
