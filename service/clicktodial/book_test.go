package clicktodial_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/service/clicktodial"
)

func TestBook(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var b clicktodial.Book
	number := 0
	open := func(user string) (string, error) {
		number++
		id := fmt.Sprint(number)
		return id, b.Open(now, clicktodial.Call{ID: id, User: user})
	}
	end := func(id string) {
		c, _ := b.Find(id)
		c.Status, c.Ended = clicktodial.Completed, now
		b.Change(c)
	}
	var first []string
	for range clicktodial.MaxStanding {
		id, err := open("bob")
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, id)
	}
	if _, err := open("bob"); !errors.Is(err, clicktodial.ErrStanding) {
		t.Errorf("bob has as many calls as he may: %v", err)
	}
	if _, err := open("carol"); err != nil {
		t.Errorf("carol has none: %v", err)
	}
	for _, id := range first {
		end(id)
	}
	for i := clicktodial.MaxStanding; i < clicktodial.MaxRate; i++ {
		id, err := open("bob")
		if err != nil {
			t.Fatal(i, err)
		}
		end(id)
	}
	if _, err := open("bob"); !errors.Is(err, clicktodial.ErrRate) {
		t.Errorf("bob is too quick: %v", err)
	}
	now = now.Add(clicktodial.RateWindow)
	for i := range clicktodial.MaxKept + 40 {
		id, err := open("bob")
		if err != nil {
			t.Fatal(i, err)
		}
		end(id)
		now = now.Add(4 * time.Second)
	}
	if _, ok := b.Find(first[0]); ok {
		t.Error("the oldest is forgotten when there are many")
	}
	if standing, kept := b.Count(); standing != 1 || kept != clicktodial.MaxKept+1 {
		t.Errorf("%d stand, %d are kept", standing, kept)
	}
	now = now.Add(clicktodial.Keep)
	if _, err := open("dave"); err != nil {
		t.Fatal(err)
	}
	if standing, kept := b.Count(); standing != 2 || kept != 2 {
		t.Errorf("later: %d stand, %d are kept", standing, kept)
	}
}

func TestBookIsBounded(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var b clicktodial.Book
	for i := range clicktodial.MaxCalls {
		if err := b.Open(now, clicktodial.Call{ID: fmt.Sprint(i), User: fmt.Sprint("user", i)}); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := b.Open(now, clicktodial.Call{ID: "more", User: "more"}); !errors.Is(err, clicktodial.ErrFull) {
		t.Errorf("got %v", err)
	}
}
