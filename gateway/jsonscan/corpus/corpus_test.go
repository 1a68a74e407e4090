package corpus

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	got, err := Read(fstest.MapFS{
		"x.tsv":   {Data: []byte("# comment\nA\tchat\t400\tc\t-\t\"a\\tb\\xff\\\"\"\nB\tembeddings\t404\td\tmodel\t\"\"\n")},
		"y.other": {Data: []byte("not read")},
	})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	want := []Request{
		{Name: "x/A", Operation: "chat", Status: 400, Code: "c", Body: []byte("a\tb\xff\"")},
		{Name: "x/B", Operation: "embeddings", Status: 404, Code: "d", Param: "model", Body: []byte{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read: -want +got\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"Columns": "A\tchat\t400\tc\t-", "Status": "A\tchat\tx\tc\t-\t\"\"", "Body": "A\tchat\t400\tc\t-\tx", "Empty": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Read(fstest.MapFS{"x.tsv": {Data: []byte(line)}}); err == nil {
				t.Errorf("Read: %v, want an error", got)
			}
		})
	}
}
