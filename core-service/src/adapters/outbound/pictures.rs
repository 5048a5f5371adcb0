//! [`MediaReader`]: what files are, by `infer`; pictures, by `image`.
//!
//! A picture is decoded, turned as its camera says, and encoded anew, so that nothing of the file
//! remains but what is seen: no place, no camera, no preview of what was cut off, no second file
//! behind the first. Only one is made at a time (`uploads.pictures_at_once`), and none that is larger
//! than what its decoder may take.

use std::io::{self, Cursor, Write};

use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageResult, Limits, Pixel as _,
    RgbImage, Rgba,
    codecs::{
        gif::GifDecoder,
        jpeg::{JpegDecoder, JpegEncoder},
        png::{PngDecoder, PngEncoder},
        webp::{WebPDecoder, WebPEncoder},
    },
    imageops,
};

use crate::{
    application::ports::{MediaReader, Picture, Portrait},
    domain::{
        attachment::{Content, PictureFormat},
        profile::PictureSize,
        upload::{PICTURE_MAX_PIXELS, UploadDenied},
    },
};

/// What a decoder may take for the picture that it hands out. Beside it a progressive JPEG takes six
/// bytes a pixel.
const DECODED_MAX_BYTES: u64 = 128 * 1024 * 1024;

/// Width and height of the small picture at most, in pixels.
const THUMBNAIL_MAX: u32 = 480;

/// Width and height of what the colours are taken from, in pixels.
const BLURHASH_FROM: u32 = 32;

const JPEG: &str = "image/jpeg";
const WEBP: &str = "image/webp";
const PNG: &str = "image/png";
const GIF: &str = "image/gif";

/// No eye sees what is lost.
const JPEG_QUALITY: u8 = 88;
const THUMBNAIL_QUALITY: u8 = 76;
const PORTRAIT_QUALITY: u8 = 84;

const LARGE_PIXELS: u32 = PictureSize::Large.pixels();
const SMALL_PIXELS: u32 = PictureSize::Small.pixels();

/// Pixels that all frames of a moving picture have at most, taken together.
const FRAMES_MAX_PIXELS: u64 = 200_000_000;

/// What may be written of a picture that is made anew. A form that packs worse than the one that came
/// makes more of it: a photograph with transparency, or a GIF whose frames were packed with care.
const OUTPUT_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Bytes in memory, up to a bound.
struct Output {
    bytes: Vec<u8>,
    max_bytes: usize,
    is_full: bool,
}

impl Output {
    /// What an encoder writes, unless it is more than that.
    fn of<Failure: Into<UploadDenied>>(
        max_bytes: usize,
        encode: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<Vec<u8>, UploadDenied> {
        let mut output = Self {
            bytes: Vec::new(),
            max_bytes,
            is_full: false,
        };
        let encoded = encode(&mut output);
        // Each encoder has its own words for a writer that fails.
        if output.is_full {
            return Err(UploadDenied::PictureTooLarge);
        }
        encoded.map(|()| output.bytes).map_err(Into::into)
    }
}

impl Write for Output {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.max_bytes {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Looks into files with crates that read them.
#[derive(Clone, Copy, Debug, Default)]
pub struct MediaFiles;

impl MediaReader for MediaFiles {
    fn sniff(&self, head: &[u8]) -> Content {
        match infer::get(head).map(|found| found.mime_type()) {
            Some("image/jpeg") => Content::Picture(PictureFormat::Jpeg),
            Some("image/png") => Content::Picture(PictureFormat::Png),
            Some("image/webp") => Content::Picture(PictureFormat::WebP),
            Some("image/gif") => Content::Picture(PictureFormat::Gif),
            Some(video @ ("video/mp4" | "video/webm" | "video/quicktime")) => Content::Video(video),
            Some("video/x-m4v") => Content::Video("video/mp4"),
            Some("audio/m4a") => Content::Audio("audio/mp4"),
            Some("audio/opus") => Content::Audio("audio/ogg"),
            Some("audio/x-wav") => Content::Audio("audio/wav"),
            Some("audio/x-flac") => Content::Audio("audio/flac"),
            Some(audio @ ("audio/mpeg" | "audio/ogg" | "audio/aac")) => Content::Audio(audio),
            Some(other) => Content::File(other),
            None => Content::File("application/octet-stream"),
        }
    }

    fn portrait(&self, format: PictureFormat, bytes: &[u8]) -> Result<Portrait, UploadDenied> {
        let large = square(&decode_as(format, bytes)?);
        let small = imageops::thumbnail(&large, SMALL_PIXELS, SMALL_PIXELS);
        Ok(Portrait {
            large: write_portrait(&large)?,
            small: write_portrait(&small)?,
        })
    }

    fn picture(&self, format: PictureFormat, bytes: &[u8]) -> Result<Picture, UploadDenied> {
        let input = || Cursor::new(bytes);
        match format {
            PictureFormat::Jpeg => still(JpegDecoder::new(input())?, format),
            PictureFormat::Png => still(PngDecoder::new(input())?, format),
            PictureFormat::WebP => still(WebPDecoder::new(input())?, format),
            PictureFormat::Gif => moving(bytes),
        }
    }
}

/// The picture; of a moving one the first frame.
fn decode_as(format: PictureFormat, bytes: &[u8]) -> Result<DynamicImage, UploadDenied> {
    let input = Cursor::new(bytes);
    match format {
        PictureFormat::Jpeg => decode(JpegDecoder::new(input)?),
        PictureFormat::Png => decode(PngDecoder::new(input)?),
        PictureFormat::WebP => decode(WebPDecoder::new(input)?),
        PictureFormat::Gif => decode(GifDecoder::new(input)?),
    }
}

/// The middle of a picture in the larger size, on white where it is transparent.
fn square(image: &DynamicImage) -> RgbImage {
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    // Not copied: the picture may have all the bytes that one may have.
    let middle = imageops::crop_imm(image, left, top, side, side);
    let scaled = if side > LARGE_PIXELS {
        imageops::thumbnail(&*middle, LARGE_PIXELS, LARGE_PIXELS)
    } else {
        let filter = imageops::FilterType::CatmullRom;
        imageops::resize(&*middle, LARGE_PIXELS, LARGE_PIXELS, filter)
    };
    RgbImage::from_fn(LARGE_PIXELS, LARGE_PIXELS, |x, y| {
        let mut pixel = Rgba([u8::MAX; 4]);
        pixel.blend(scaled.get_pixel(x, y));
        pixel.to_rgb()
    })
}

fn write_portrait(image: &RgbImage) -> Result<Vec<u8>, UploadDenied> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, PORTRAIT_QUALITY);
    image.write_with_encoder(encoder)?;
    Ok(bytes)
}

/// Nothing is decoded before this.
fn decode(mut decoder: impl ImageDecoder) -> Result<DynamicImage, UploadDenied> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PICTURE_MAX_PIXELS || decoder.total_bytes() > DECODED_MAX_BYTES {
        return Err(UploadDenied::PictureTooLarge);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_MAX_BYTES);
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image = reduced(image);
    image.apply_orientation(orientation);
    Ok(image)
}

/// Eight bits a channel are what is sent and shown.
fn reduced(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => {
            image
        }
        other if other.color().has_alpha() => DynamicImage::ImageRgba8(other.into_rgba8()),
        other => DynamicImage::ImageRgb8(other.into_rgb8()),
    }
}

fn still(decoder: impl ImageDecoder, format: PictureFormat) -> Result<Picture, UploadDenied> {
    let image = decode(decoder)?;
    let preview = Preview::of(&image)?;
    let (bytes, media_type) = encode(&image, format, preview.is_opaque, OUTPUT_MAX_BYTES)?;
    Ok(preview.with(bytes, media_type))
}

fn encode(
    image: &DynamicImage,
    format: PictureFormat,
    is_opaque: bool,
    max_bytes: usize,
) -> Result<(Vec<u8>, &'static str), UploadDenied> {
    let media_type = match format {
        PictureFormat::Png => PNG,
        PictureFormat::WebP if !is_opaque => WEBP,
        // There is no encoder for photographs as WebP in Rust.
        PictureFormat::WebP | PictureFormat::Jpeg | PictureFormat::Gif => JPEG,
    };
    let bytes = Output::of(max_bytes, |output| match media_type {
        PNG => image.write_with_encoder(PngEncoder::new(output)),
        WEBP => image.write_with_encoder(WebPEncoder::new_lossless(output)),
        _ => write_opaque(image, JpegEncoder::new_with_quality(output, JPEG_QUALITY)),
    })?;
    Ok((bytes, media_type))
}

/// Its frames are kept as they are, without anything that stands between them.
fn moving(bytes: &[u8]) -> Result<Picture, UploadDenied> {
    let preview = {
        // Not in memory any more while the frames are.
        let image = decode(GifDecoder::new(Cursor::new(bytes))?)?;
        Preview::of(&image)?
    };
    Ok(preview.with(copy_frames(bytes, OUTPUT_MAX_BYTES)?, GIF))
}

fn copy_frames(bytes: &[u8], max_bytes: usize) -> Result<Vec<u8>, UploadDenied> {
    Output::of(max_bytes, |output| write_frames(bytes, output))
}

fn write_frames(bytes: &[u8], output: &mut Output) -> Result<(), UploadDenied> {
    let mut options = gif::DecodeOptions::new();
    options.check_frame_consistency(true);
    let mut decoder = options.read_info(Cursor::new(bytes))?;
    let (width, height) = (decoder.width(), decoder.height());
    let palette = decoder.global_palette().unwrap_or_default().to_vec();
    let mut encoder = gif::Encoder::new(output, width, height, &palette)?;
    encoder.set_repeat(decoder.repeat())?;
    let mut pixels = 0;
    while let Some(frame) = decoder.next_frame_info()? {
        pixels += u64::from(frame.width) * u64::from(frame.height);
        if pixels > FRAMES_MAX_PIXELS {
            return Err(UploadDenied::PictureTooLarge);
        }
        let mut frame = frame.clone();
        let mut buffer = vec![0; decoder.buffer_size()];
        decoder.read_into_buffer(&mut buffer)?;
        // What is read is not interlaced any more.
        frame.interlaced = false;
        frame.buffer = buffer.into();
        encoder.write_frame(&frame)?;
    }
    encoder.into_inner()?;
    Ok(())
}

/// What is shown of a picture before it is there.
struct Preview {
    width: u32,
    height: u32,
    is_opaque: bool,
    blurhash: String,
    thumbnail: Vec<u8>,
    thumbnail_type: &'static str,
}

impl Preview {
    fn of(image: &DynamicImage) -> Result<Self, UploadDenied> {
        let is_opaque = is_opaque(image);
        let small = if image.width() > THUMBNAIL_MAX || image.height() > THUMBNAIL_MAX {
            &image.thumbnail(THUMBNAIL_MAX, THUMBNAIL_MAX)
        } else {
            image
        };
        let mut thumbnail = Vec::new();
        let (thumbnail_type, encoded) = if is_opaque {
            let encoder = JpegEncoder::new_with_quality(&mut thumbnail, THUMBNAIL_QUALITY);
            (JPEG, write_opaque(small, encoder))
        } else {
            let encoder = WebPEncoder::new_lossless(&mut thumbnail);
            (WEBP, small.write_with_encoder(encoder))
        };
        encoded?;
        Ok(Self {
            width: image.width(),
            height: image.height(),
            is_opaque,
            blurhash: colours(small)?,
            thumbnail,
            thumbnail_type,
        })
    }

    fn with(self, bytes: Vec<u8>, media_type: &'static str) -> Picture {
        Picture {
            bytes,
            media_type,
            width: self.width,
            height: self.height,
            blurhash: self.blurhash,
            thumbnail: self.thumbnail,
            thumbnail_type: self.thumbnail_type,
        }
    }
}

/// Four parts along the longer side and three along the other.
fn colours(small: &DynamicImage) -> Result<String, UploadDenied> {
    let tiny = small.thumbnail_exact(BLURHASH_FROM, BLURHASH_FROM);
    let (across, down) = if small.width() >= small.height() {
        (4, 3)
    } else {
        (3, 4)
    };
    let pixels = tiny.into_rgba8();
    blurhash::encode(across, down, BLURHASH_FROM, BLURHASH_FROM, &pixels)
        .map_err(|_| UploadDenied::PictureBroken)
}

fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(pixels) => pixels.pixels().all(|pixel| pixel[3] == u8::MAX),
        other => !other.color().has_alpha(),
    }
}

/// For an encoder that knows no transparency.
fn write_opaque(image: &DynamicImage, encoder: impl ImageEncoder) -> ImageResult<()> {
    match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => {
            image.write_with_encoder(encoder)
        }
        other => DynamicImage::ImageRgb8(other.to_rgb8()).write_with_encoder(encoder),
    }
}

impl From<ImageError> for UploadDenied {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::PictureTooLarge,
            _ => Self::PictureBroken,
        }
    }
}

impl From<gif::DecodingError> for UploadDenied {
    fn from(_: gif::DecodingError) -> Self {
        Self::PictureBroken
    }
}

impl From<gif::EncodingError> for UploadDenied {
    fn from(_: gif::EncodingError) -> Self {
        Self::PictureBroken
    }
}

impl From<io::Error> for UploadDenied {
    fn from(_: io::Error) -> Self {
        Self::PictureBroken
    }
}

#[cfg(test)]
mod tests;
