package totp

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

const (
	quietZone  = 4   // modules of white on each side (ISO/IEC 18004)
	minModule  = 6   // pixels of a module, for cameras held at arm's length
	minPicture = 300 // pixels of an edge
)

// ErrPicture means that a text does not fit a QR code of level M, which holds
// 2331 bytes.
var ErrPicture = errors.New("totp: text does not fit a QR code")

// PNG draws uri as a QR code of error correction level M: 8-bit gray, black on
// explicit white so that it can be read on dark pages, a whole number of pixels
// to a module and at least 300 to an edge. Equal texts give equal bytes.
//
// A picture takes milliseconds of processor time, so a caller that draws for
// strangers must bound how often. It holds the secret as the URI does.
func PNG(uri string) ([]byte, error) {
	if uri == "" {
		return nil, fmt.Errorf("%w: it is empty", ErrPicture)
	}
	code, err := qr.Encode(uri, qr.M, qr.Unicode) // bytes as they are, no charset header
	if err != nil {
		return nil, ErrPicture // the encoder's own error may quote the text
	}
	var out bytes.Buffer
	if err := png.Encode(&out, draw(code)); err != nil {
		return nil, fmt.Errorf("encoding picture: %w", err)
	}
	return out.Bytes(), nil
}

// draw paints code, one pixel to a module, as a picture of our own: the
// encoder's has 16 bits a pixel, and its scaler leaves whatever border is over,
// down to none.
func draw(code barcode.Barcode) *image.Gray {
	modules := code.Bounds().Dx()
	whole := modules + 2*quietZone
	scale := max(minModule, (minPicture+whole-1)/whole)
	img := image.NewGray(image.Rect(0, 0, whole*scale, whole*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for y := range modules {
		for x := range modules {
			if color.GrayModel.Convert(code.At(x, y)).(color.Gray).Y < 0x80 {
				paint(img, (x+quietZone)*scale, (y+quietZone)*scale, scale)
			}
		}
	}
	return img
}

// paint blackens the square of scale pixels whose upper left corner is (x, y).
func paint(img *image.Gray, x, y, scale int) {
	for row := y; row < y+scale; row++ {
		clear(img.Pix[img.PixOffset(x, row):img.PixOffset(x+scale, row)])
	}
}
