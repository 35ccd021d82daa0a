package task

// DefaultLimit is how many values a queue holds that was not given a limit.
const DefaultLimit = 64

// Queue is a bounded first-in, first-out queue, and a source that is ready while it holds a value.
// The zero value holds up to DefaultLimit. It takes memory as it fills.
type Queue[T any] struct {
	waiters
	limit  int
	values []T // a ring
	head   int
	count  int
}

// NewQueue makes a queue of up to limit values; zero or less means DefaultLimit.
func NewQueue[T any](limit int) *Queue[T] { return &Queue[T]{limit: limit} }

// Put adds a value and makes the tasks that wait for the queue runnable; they run in Run, never
// here. It is false, and nothing is added, when the queue is full.
func (q *Queue[T]) Put(v T) bool {
	limit := q.limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	if q.count == limit {
		return false
	}
	if q.count == len(q.values) {
		q.grow(limit)
	}
	q.values[(q.head+q.count)%len(q.values)] = v
	q.count++
	q.wake()
	return true
}

// Take removes the oldest value; false when there is none.
func (q *Queue[T]) Take() (T, bool) {
	var none T
	if q == nil || q.count == 0 {
		return none, false
	}
	v := q.values[q.head]
	q.values[q.head] = none // keeps nothing alive
	q.head = (q.head + 1) % len(q.values)
	q.count--
	return v, true
}

// Len is the number of values it holds; 0 of a nil queue.
func (q *Queue[T]) Len() int {
	if q == nil {
		return 0
	}
	return q.count
}

func (q *Queue[T]) grow(limit int) {
	values := make([]T, min(limit, max(1, 2*len(q.values))))
	n := copy(values, q.values[q.head:])
	copy(values[n:], q.values[:q.head])
	q.values, q.head = values, 0
}

func (q *Queue[T]) ready() bool { return q.Len() > 0 }

func (q *Queue[T]) join(t *Task) {
	if q != nil {
		q.waiters.join(t)
	}
}

func (q *Queue[T]) leave(t *Task) {
	if q != nil {
		q.waiters.leave(t)
	}
}
