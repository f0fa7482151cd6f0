package house

type door[T any] struct{}

func (door[T]) open() {
	Up()
	hall := 1 // not the hall
	_ = hall
}
