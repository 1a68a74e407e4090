package ledger

import (
	"os"
	"path/filepath"
	"time"
)

// maxRefused bounds the file of refused events, in bytes. What comes later is only counted.
const maxRefused = 16 << 20

// refuse puts the content of a record aside that no store will ever take.
func (s *spool) refuse(content []byte, reason error) {
	s.metrics.refused.Inc()
	if s.refusalNoted.pass(time.Now()) {
		s.log.Error(reason, "an event of the ledger was refused and put aside; others may follow, which are only counted")
	}
	file, err := os.OpenFile(filepath.Join(s.dir, "refused"+badSuffix), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() < maxRefused {
		_, _ = file.Write(content)
	}
}
