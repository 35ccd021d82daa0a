package flow

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: servers, phones and speakers end with their flow.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
