// Package gguf writes model files in GGUF version 3, the format that llama.cpp
// and Ollama load.
//
// A file is a header, a list of typed key/value pairs, a list of tensor
// descriptions, and the tensor data, each tensor starting at a multiple of
// [Alignment]. All numbers are little-endian.
// Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package gguf

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Alignment is the number of bytes that the tensor data and each tensor in it
// are aligned to. It is the format's default, so no key has to announce it.
const Alignment = 32

const version = 3

// File is the content of one model file. Pairs and tensors are written in the
// order given, so equal Files give equal bytes.
type File struct {
	Pairs   []Pair
	Tensors []Tensor
}

// Encode returns the whole file. It fails on a value of a type that [Pair] does
// not name and on a tensor whose data does not have the length of its shape.
func (f File) Encode() ([]byte, error) {
	head, err := f.head()
	if err != nil {
		return nil, err
	}
	size := padded(len(head))
	for _, t := range f.Tensors {
		size += padded(len(t.Data))
	}
	b := make([]byte, 0, size)
	b = appendPadded(b, head)
	for _, t := range f.Tensors {
		b = appendPadded(b, t.Data)
	}
	return b, nil
}

// head encodes everything in front of the tensor data, without padding.
func (f File) head() ([]byte, error) {
	e := &encoder{}
	e.buf.WriteString("GGUF")
	e.fixed(uint32(version))
	e.fixed(uint64(len(f.Tensors)))
	e.fixed(uint64(len(f.Pairs)))
	for _, p := range f.Pairs {
		e.pair(p)
	}
	var offset uint64
	for _, t := range f.Tensors {
		e.tensor(t, offset)
		offset += uint64(padded(len(t.Data)))
	}
	return e.buf.Bytes(), e.err
}

// encoder collects the header and remembers the first thing it could not encode.
type encoder struct {
	buf bytes.Buffer
	err error
}

// fixed appends a number, or a slice of numbers, in its fixed-size form.
func (e *encoder) fixed(v any) {
	if err := binary.Write(&e.buf, binary.LittleEndian, v); err != nil && e.err == nil {
		e.err = fmt.Errorf("encoding %T: %w", v, err)
	}
}

// text appends a string with its length in front.
func (e *encoder) text(s string) {
	e.fixed(uint64(len(s)))
	e.buf.WriteString(s)
}

// appendPadded appends part and the zeros that follow it.
func appendPadded(b, part []byte) []byte {
	b = append(b, part...)
	return append(b, make([]byte, padded(len(part))-len(part))...)
}

// padded is the room that n bytes of data take.
func padded(n int) int {
	return (n + Alignment - 1) / Alignment * Alignment
}
