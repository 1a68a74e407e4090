package jsonscan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	const body = ` {"x":[{"role":"no"}], "messages" : [ {"content":[{"role":"no"}],"role":"developer"} ,{"r\u006fle" : "user"},{"role":null},{"role":"a"} ],"role":"no"}`
	var got []string
	for _, s := range Find([]byte(body), "messages", "role") {
		got = append(got, body[s.Start:s.End])
	}
	if diff := cmp.Diff([]string{`"developer"`, `"user"`, `"a"`}, got); diff != "" {
		t.Errorf("Find: -want +got\n%s", diff)
	}
	if got := Find([]byte(`{"messages":5}`), "messages", "role"); got != nil {
		t.Errorf("Find: %v", got)
	}
}
