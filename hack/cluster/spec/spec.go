// Package spec is the contract between the package cluster, which decides what runs, and the program box, which runs it. It is data
// only, so that the deciding half compiles on every system although the running half is for Linux.
package spec

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Names of files in the state directory.
const (
	// File holds the Box as JSON.
	File = "box.json"
	// Lock is locked by the running box for as long as it lives; the kernel releases it, however the box ends.
	Lock = "box.lock"
	// Running holds what is known of the running box, see Box.
	Running = "running.json"
	// Log is the folder of the log files, one for each process.
	Log = "log"
)

// Box is a machine made of namespaces: what it is called, how it is connected, and which processes run in it.
type Box struct {
	// Name is the host name, and the name of the control group.
	Name string `json:"name"`
	// State is a directory of the host that the box sees at Mount, which is short enough for the paths of Unix sockets (108 bytes).
	State string `json:"state"`
	Mount string `json:"mount"`
	// Address is the address of the box in its own network, in CIDR notation.
	Address string `json:"address"`
	// Routes are networks in CIDR notation that lead nowhere but must have a route, since what is sent to them is rewritten on its way.
	Routes []string `json:"routes"`
	// Forward is the host:port inside the box that connections to the inherited listener are passed on to.
	Forward string `json:"forward"`
	// Kernel holds settings below /proc/sys that the box only pretends to have: processes that insist on them find them, and the
	// machine's own, which have no namespace, stay as they are.
	Kernel map[string]string `json:"kernel"`
	// Authority is a PEM file, as the box sees it, with which https URLs in After are verified.
	Authority string `json:"authority"`
	// Path is $PATH of the processes.
	Path string `json:"path"`
	// Processes are started together and started again one second after they end.
	Processes []Process `json:"processes"`
}

// Process is one program of the box. Its output goes to <Name>.log.
type Process struct {
	Name      string   `json:"name"`
	Arguments []string `json:"arguments"`
	// After delays the first start until something accepts connections there ("tcp:host:port", "unix:path"), or answers 200 (an https
	// URL). Programs that give up on an absent peer would otherwise burn CPU time just when the peer needs it to start.
	After string `json:"after,omitempty"`
}

// Pids are the process ids, as the host sees them, of the running box: Host forwards connections, Init is process 1 of the namespaces.
// Groups are the directories of its control groups.
type Pids struct {
	Host   int      `json:"host"`
	Init   int      `json:"init"`
	Groups []string `json:"groups"`
}

// Write puts value as JSON into a file of the state directory, in one rename.
func Write(state, name string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", name, err)
	}
	aside := filepath.Join(state, "."+name+".new")
	if err := os.WriteFile(aside, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(aside, filepath.Join(state, name)); err != nil {
		return fmt.Errorf("putting %s into place: %w", name, err)
	}
	return nil
}

// Read fills value from a JSON file of the state directory.
func Read(state, name string, value any) error {
	content, err := os.ReadFile(filepath.Join(state, name))
	if err != nil {
		return fmt.Errorf("reading the state of the cluster: %w", err)
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("decoding %s: %w", name, err)
	}
	return nil
}
