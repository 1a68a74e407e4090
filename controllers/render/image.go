package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// WantedPostgresImage is the image that a spec names for its managed PostgreSQL, or the built-in one.
func WantedPostgresImage(g *v1alpha1.Gateway, images Images) string {
	return imageOr(managedStore(g.Spec.Postgres.AsStore()).Image, images.Postgres)
}

// ImageMajor returns the major version that the tag of an image says, as in `postgres:17.6-bookworm`; 0 where it says none.
func ImageMajor(image string) int32 {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndex(image, "/")+1:]
	_, tag, tagged := strings.Cut(name, ":")
	if !tagged {
		return 0
	}
	number, _, _ := strings.Cut(tag, "-")
	number, _, _ = strings.Cut(number, ".")
	major, err := strconv.ParseInt(number, 10, 32)
	// A tag that is a date, as some registries have it, is no version; nor is that of what PostgreSQL was packed with, as in
	// `timescaledb:2.17-pg17`: there is no PostgreSQL before 10 that could be run here.
	if err != nil || major < 10 || major > 99 {
		return 0
	}
	return int32(major)
}

// MajorVersionMessage says that a PostgreSQL of the major version image cannot read the database of the version has. The init
// container says the same.
func MajorVersionMessage(has, image int32) string {
	return fmt.Sprintf("The volume holds a database of PostgreSQL %d, which PostgreSQL %d of the image cannot read. Nothing was changed. "+
		"Set spec.postgres.managed.image to an image of PostgreSQL %d, or move the data by way of a backup.", has, image, has)
}
