package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"hookflash/config"
	"hookflash/store"
)

// remedied says what to do about a server that can't be opened.
func remedied(err error, loaded *config.Config) error {
	var locked *store.LockedError
	var bind *net.OpError
	listening := errors.As(err, &bind)
	switch {
	case errors.As(err, &locked):
		return err // says it itself
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w\nSomebody else has %s. To see who: %s\n%s", err, address(bind), finder(bind), instead(loaded))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w\nThis machine has no such address; ip address lists those it has", err)
	case listening && errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nPorts below 1024 need a privilege: setcap cap_net_bind_service=+ep on the program, or use 5060", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w\nThis user must be able to write to %s: chown it, or name another folder under data: in a configuration", err, loaded.Data)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w\nA file stands where a folder should; name another folder under data: in the configuration", err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w\nMake room on the disk that holds %s", err, loaded.Data)
	}
	return err
}

func address(bind *net.OpError) string {
	if bind == nil || bind.Addr == nil {
		return "that port"
	}
	return bind.Addr.Network() + " " + bind.Addr.String()
}

// finder is a command that shows who has a port.
func finder(bind *net.OpError) string {
	port, kind := "", "-lntup"
	if bind != nil && bind.Addr != nil {
		_, port, _ = net.SplitHostPort(bind.Addr.String())
		kind = map[bool]string{true: "-lnup", false: "-lntp"}[strings.HasPrefix(bind.Addr.Network(), "udp")]
	}
	return "ss " + kind + " 'sport = :" + port + "' (as root)"
}

func instead(loaded *config.Config) string {
	if loaded.Demonstration {
		return "End it, perhaps another hookflash serve, or write a configuration with ports of your own (hookflash serve --config FILE)"
	}
	return "End it, or choose another port under listen: in the configuration"
}
