// Package stack applies the objects that an installation brings along: a Gateway, its providers, aliases and keys.
//
// Helm cannot do that itself. It looks the kind of every object up before it creates the first one, and in a first installation
// the definitions of these kinds are among what is created. So the chart carries the objects in a ConfigMap, and a hook applies
// them with this package. See docs/adr/0042-the-default-stack-is-applied-by-a-hook.md.
//
// Whatever is applied carries a label with the name of its stack. What carries it and is not wanted any more is deleted; what has
// the name of a wanted object and does not carry it is somebody else's, and left alone.
package stack
