/* QR codes in a picture of the camera, found on the device: pixels in, text out, nothing sent anywhere. */
import decodeQR from 'qr/decode.js';

/** The text of the first QR code in the picture, or "" if there is none that can be read. */
export function codeIn(image) {
  try {
    return decodeQR(image);
  } catch {
    return '';
  }
}
