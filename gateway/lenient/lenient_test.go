package lenient

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnmarshal(t *testing.T) {
	type answer struct {
		Text  string `json:"text"`
		Count int64  `json:"count"`
	}
	cases := map[string]struct {
		data   string
		want   answer
		failed bool
	}{
		"Plain":        {data: `{"text":"a","count":1}`, want: answer{Text: "a", Count: 1}},
		"UnknownNames": {data: `{"new":{"text":"b"},"text":"a"}`, want: answer{Text: "a"}},
		"Twice":        {data: `{"text":"a","text":"b"}`, want: answer{Text: "b"}},
		"NoUTF8":       {data: "{\"text\":\"a\xff\"}", want: answer{Text: "a\ufffd"}},
		"OtherCase":    {data: `{"Text":"a"}`},
		"Null":         {data: `{"text":null,"count":null}`},
		"WrongType":    {data: `{"text":1}`, failed: true},
		"Cut":          {data: `{"text":"a"`, want: answer{Text: "a"}, failed: true},
		"Trailing":     {data: `{"text":"a"}{}`, want: answer{Text: "a"}, failed: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got answer
			err := Unmarshal([]byte(c.data), &got)
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.failed {
				t.Errorf("error %v, -want +got:\n%s", err, diff)
			}
		})
	}
}
