package editor_test

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	// tallest is how many pixels of a page a picture shows, from its top.
	tallest = 1500
	// shades is how many colours a picture keeps.
	shades = 32
)

// picture checks that everybody can use what is shown, and saves it where
// ORGPBX_SCREENSHOTS names a folder: light, dark, and as wide as a phone.
func (b *tab) picture(name string) {
	b.t.Helper()
	if b.scripts {
		b.checkAccess(name)
		b.checkPhone(name)
	}
	dir := os.Getenv("ORGPBX_SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, view := range []struct {
		name, scheme string
		width        int64
	}{{"light", "light", 1200}, {"dark", "dark", 1200}, {"phone", "light", 390}} {
		var shot []byte
		b.run(scheme(view.scheme), chromedp.EmulateViewport(view.width, 800), chromedp.FullScreenshot(&shot, 100))
		small, err := shrink(shot)
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+"-"+view.name+".png"), small, 0o600))
	}
	b.run(scheme("light"), chromedp.EmulateViewport(1200, 800))
}

// shrink returns a picture that is small enough to be kept with the code.
func shrink(shot []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	area := full.Bounds()
	area.Max.Y = min(area.Max.Y, area.Min.Y+tallest)
	small := image.NewPaletted(area, commonColors(full, area))
	draw.Draw(small, area, full, area.Min, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small)
	return out.Bytes(), err
}

// commonColors are those that a picture has most of and that differ to the eye.
func commonColors(from image.Image, area image.Rectangle) color.Palette {
	count := map[color.RGBA]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[color.RGBAModel.Convert(from.At(x, y)).(color.RGBA)]++ //nolint:forcetypeassert // it is that model's
		}
	}
	var all []color.RGBA
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(int(a.R)<<16+int(a.G)<<8+int(a.B), int(b.R)<<16+int(b.G)<<8+int(b.B)))
	})
	var palette color.Palette
	// A few of surfaces that are nearly alike, then what stands out, then what is between.
	for _, pass := range []struct{ size, distance int }{{8, 6}, {shades * 3 / 4, 60}, {shades, 24}} {
		for _, c := range all {
			if len(palette) < pass.size && !slices.ContainsFunc(palette, func(known color.Color) bool { return near(c, known, pass.distance) }) {
				palette = append(palette, c)
			}
		}
	}
	return palette
}

func near(a color.RGBA, known color.Color, distance int) bool {
	b, _ := known.(color.RGBA)
	apart := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return apart(a.R, b.R)+apart(a.G, b.G)+apart(a.B, b.B) < distance
}
