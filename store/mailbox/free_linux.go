package mailbox

import (
	"math"
	"os"
	"syscall"
)

// free is what unprivileged processes may still write to the root's file system.
func free(root *os.Root) int64 {
	directory, err := root.Open(".")
	if err != nil {
		return -1
	}
	defer directory.Close()
	var status syscall.Statfs_t
	if err := syscall.Fstatfs(int(directory.Fd()), &status); err != nil {
		return -1
	}
	if status.Bsize <= 0 || status.Bavail > math.MaxInt64/uint64(status.Bsize) {
		return math.MaxInt64
	}
	return int64(status.Bavail) * status.Bsize
}
