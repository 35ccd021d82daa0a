package arch

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
)

// exceptions are the places that may break a rule, each with its reason. The key is the
// rule and the place, as the finding would name them.
var exceptions = map[string]string{
	"import internal/ladder/golden/golden.go os": "golden files are read, and rewritten on demand, by tests only",
	"unsafe media/socket/socket_linux.go":        "recvmmsg and sendto without allocation take pointers into our own arrays",
	"unsafe transport/udp_linux.go":              "recvmmsg and sendmmsg without allocation take pointers into our own arrays",
	"unsafe transport/attempt_linux.go":          "reads and writes of streams that don't wait go past the scheduler",
	"unsafe store/write_linux.go":                "the one write of a receive batch goes past the scheduler (docs/decisions/0006)",
}

var (
	usedLock sync.Mutex
	used     = map[string]bool{}
)

// excused tells whether the place may break the rule.
func excused(t *testing.T, rule, place string) bool {
	t.Helper()
	reason, listed := exceptions[rule+" "+place]
	if !listed {
		return false
	}
	if reason == "" {
		t.Errorf("the exception %q for %s has no reason", rule, place)
	}
	usedLock.Lock()
	defer usedLock.Unlock()
	used[rule+" "+place] = true
	return true
}

// TestMain runs the tests, then holds the exceptions to what is needed: one that no file
// uses any more goes. Only when all tests ran.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		for key := range exceptions {
			if !used[key] {
				fmt.Printf("internal/arch/exceptions_test.go: exception %q is not needed any more: delete it\n", key)
				code = 1
			}
		}
	}
	os.Exit(code)
}
