package gguf_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/hack/models/gguf"
)

// TestEncodeLayout compares a small file with its bytes written out by hand.
func TestEncodeLayout(t *testing.T) {
	file := gguf.File{
		Pairs:   []gguf.Pair{{Key: "n", Value: uint32(7)}, {Key: "l", Value: []string{"ab"}}},
		Tensors: []gguf.Tensor{gguf.Vector("v", []float32{1})},
	}
	var want bytes.Buffer
	le := func(values ...any) {
		for _, v := range values {
			if err := binary.Write(&want, binary.LittleEndian, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(s string) {
		le(uint64(len(s)))
		want.WriteString(s)
	}
	want.WriteString("GGUF")
	le(uint32(3), uint64(1), uint64(2)) // version, tensors, pairs
	text("n")
	le(uint32(4), uint32(7))
	text("l")
	le(uint32(9), uint32(8), uint64(1))
	text("ab")
	text("v")
	le(uint32(1), uint64(1), uint32(0), uint64(0)) // one dimension of 1, F32, offset 0
	want.Write(make([]byte, 32-want.Len()%32))
	le(float32(1))
	want.Write(make([]byte, 28))

	if diff := cmp.Diff(want.Bytes(), encode(t, file)); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
}

func TestEncodeAlignsTensors(t *testing.T) {
	// 3 and 40 bytes of data: neither is a multiple of the alignment.
	file := gguf.File{Tensors: []gguf.Tensor{
		gguf.Vector("a", make([]float32, 3)),
		gguf.Vector("b", make([]float32, 10)),
	}}
	got := encode(t, file)
	if len(got)%gguf.Alignment != 0 {
		t.Errorf("the file has %d bytes, which is no multiple of %d", len(got), gguf.Alignment)
	}
	head := got[:len(got)-gguf.Alignment-2*gguf.Alignment]
	// The description of a tensor ends with its offset, in front of the padding.
	if !bytes.Contains(head, binary.LittleEndian.AppendUint64(nil, gguf.Alignment)) {
		t.Errorf("no tensor starts at offset %d", gguf.Alignment)
	}
}

func TestEncodeRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		file   gguf.File
	}{
		"UnknownType": {
			reason: "a value that has no type number must not be left out silently",
			file:   gguf.File{Pairs: []gguf.Pair{{Key: "k", Value: struct{}{}}}},
		},
		"WrongLength": {
			reason: "data that does not fill its shape would shift every tensor after it",
			file:   gguf.File{Tensors: []gguf.Tensor{{Name: "t", Shape: []uint64{2}, Data: []byte{1}}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := tc.file.Encode(); err == nil {
				t.Errorf("%s: got no error", tc.reason)
			}
		})
	}
}

func TestMatrixRepeatsValues(t *testing.T) {
	m := gguf.Matrix("m", 3, 2, []float32{1, 2})
	// 1 is 0x3c00 and 2 is 0x4000 in half precision.
	want := []byte{0, 0x3c, 0, 0x40, 0, 0x3c, 0, 0x40, 0, 0x3c, 0, 0x40}
	if diff := cmp.Diff(want, m.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func encode(t *testing.T, f gguf.File) []byte {
	t.Helper()
	b, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
