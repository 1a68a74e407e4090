package row

import (
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

// ColumnOf is the column of the table of sums that Spend groups by.
func ColumnOf(by ledger.By) (string, error) {
	switch by {
	case ledger.ByDay:
		return "day", nil
	case ledger.ByKey:
		return "key_id", nil
	case ledger.ByUser:
		return "user_name", nil
	case ledger.ByAlias:
		return "alias", nil
	case ledger.ByModel:
		return "model", nil
	case ledger.ByProvider:
		return "provider", nil
	}
	return "", fmt.Errorf("spend is not summed by %q", by)
}

// OrderOf is the order of Spend: days as they follow each other, all else by what it cost.
func OrderOf(by ledger.By) string {
	if by == ledger.ByDay {
		return "1"
	}
	return "5 DESC, 1"
}
