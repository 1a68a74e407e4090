package images

import "fmt"

// account is the user that a container runs as; its group has the same name and
// number.
type account struct {
	name string
	id   int
	home string
}

// user is the account the way an image's configuration names it.
func (a account) user() string { return fmt.Sprintf("%d:%d", a.id, a.id) }

// accounts adds the user database. Programs such as initdb look up the name of
// the user they run as and give up when there is none.
func (t *Tree) accounts(a account) {
	t.File("/etc/passwd", 0o644, fmt.Appendf(nil,
		"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n%s:x:%d:%d::%s:/bin/sh\n", a.name, a.id, a.id, a.home))
	t.File("/etc/group", 0o644, fmt.Appendf(nil, "root:x:0:\nnogroup:x:65534:\n%s:x:%d:\n", a.name, a.id))
}
