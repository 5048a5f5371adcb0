use std::{fs, io::Read as _};

use flate2::read::GzDecoder;
use image::{GrayImage, ImageReader, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// A word that no picture shows.
const SECRET: &[u8] = b"zwiebelfisch";

/// An EXIF chunk that says how the camera was held, and where.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(SECRET);
    exif
}

/// A JPEG whose left half is red, with an EXIF chunk.
fn jpeg(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([250, 0, 0])
        } else {
            Rgb([0, 0, 250])
        }
    });
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    image.write_with_encoder(encoder).unwrap();
    bytes
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image
        .write_with_encoder(PngEncoder::new(&mut bytes))
        .unwrap();
    bytes
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(data);
    let mut crc = 0xffff_ffff_u32;
    for byte in &chunk[4..] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    chunk.extend((!crc).to_be_bytes());
    chunk
}

/// A PNG that says that it is as large as this, and has next to nothing.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header));
    bytes.extend(chunk(b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1]));
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

fn gif(frames: usize) -> Vec<u8> {
    let palette = [0, 0, 0, 255, 0, 0, 0, 255, 0];
    let mut encoder = gif::Encoder::new(Vec::new(), 8, 6, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    for index in 0..frames {
        encoder
            .write_raw_extension(gif::AnyExtension(0xfe), &[SECRET])
            .unwrap();
        let mut frame =
            gif::Frame::from_indexed_pixels(8, 6, vec![u8::from(index % 2 == 0) + 1; 48], Some(0));
        frame.delay = 5;
        encoder.write_frame(&frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

fn has_secret(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|part| part == SECRET)
}

fn read(bytes: &[u8]) -> DynamicImage {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    reader.unwrap().decode().unwrap()
}

/// What is made of a picture that is sniffed as what it is.
#[track_caller]
fn made(bytes: &[u8]) -> Result<Picture, UploadDenied> {
    match MediaFiles.sniff(bytes) {
        Content::Picture(format) => MediaFiles.picture(format, bytes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn photograph_is_turned_and_says_nothing_else() {
    let sent = jpeg(60, 40, 6);
    assert!(has_secret(&sent));
    let picture = made(&sent).unwrap();
    assert_eq!((picture.width, picture.height), (40, 60));
    assert_eq!(picture.media_type, "image/jpeg");
    for bytes in [&picture.bytes, &picture.thumbnail] {
        assert!(!has_secret(bytes));
        let shown = read(bytes).into_rgb8();
        assert_eq!((shown.width(), shown.height()), (40, 60));
        // Left is up when the camera was held like this.
        assert!(shown.get_pixel(20, 5)[0] > 200 && shown.get_pixel(20, 55)[2] > 200);
    }
}

#[test]
fn small_picture_is_small_and_its_colours_short() {
    let picture = made(&jpeg(1_000, 500, 1)).unwrap();
    let small = read(&picture.thumbnail);
    assert_eq!((small.width(), small.height()), (480, 240));
    assert!((20..40).contains(&picture.blurhash.len()));
    let tall = made(&jpeg(20, 700, 1)).unwrap();
    assert_eq!(read(&tall.thumbnail).height(), 480);
}

#[test]
fn transparency_stays() {
    let image = RgbaImage::from_pixel(9, 7, Rgba([1, 2, 3, 100]));
    let image = DynamicImage::ImageRgba8(image);
    let mut webp = Vec::new();
    image
        .write_with_encoder(WebPEncoder::new_lossless(&mut webp))
        .unwrap();
    for (sent, media_type) in [(png(&image), "image/png"), (webp, "image/webp")] {
        let picture = made(&sent).unwrap();
        assert_eq!(picture.media_type, media_type);
        assert_eq!(picture.thumbnail_type, "image/webp");
        for bytes in [&picture.bytes, &picture.thumbnail] {
            assert_eq!(read(bytes).into_rgba8().get_pixel(4, 4)[3], 100);
        }
    }
    let grey = DynamicImage::ImageLuma8(GrayImage::new(9, 7));
    assert_eq!(made(&png(&grey)).unwrap().thumbnail_type, "image/jpeg");
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::new(9, 7));
    assert_eq!(made(&png(&deep)).unwrap().media_type, "image/png");
}

/// A picture of a person or a group in both sizes.
fn portrait(bytes: &[u8]) -> Result<[RgbImage; 2], UploadDenied> {
    let Content::Picture(format) = MediaFiles.sniff(bytes) else {
        panic!("it is a picture")
    };
    let Portrait { large, small } = MediaFiles.portrait(format, bytes)?;
    Ok([large, small].map(|bytes| {
        assert!(bytes.starts_with(&[0xff, 0xd8]) && !has_secret(&bytes));
        read(&bytes).into_rgb8()
    }))
}

#[test]
fn portrait_is_the_middle_in_two_sizes_and_says_nothing_else() {
    for bytes in [jpeg(1_500, 700, 1), jpeg(90, 40, 1), gif(2)] {
        let sizes = portrait(&bytes).unwrap().map(|image| image.dimensions());
        assert_eq!(sizes, [(640, 640), (96, 96)]);
    }
    // What was right is below when the camera was held like this.
    let [large, small] = portrait(&jpeg(1_500, 700, 6)).unwrap();
    for image in [large, small] {
        let (middle, end) = (image.width() / 2, image.width() - 3);
        assert!(image.get_pixel(middle, 3)[0] > 200 && image.get_pixel(middle, end)[2] > 200);
    }
    // The border is not in the middle.
    let image = RgbImage::from_fn(900, 300, |x, _| {
        let is_middle = (300..600).contains(&x);
        Rgb(if is_middle { [0, 250, 0] } else { [250, 0, 0] })
    });
    let [large, _] = portrait(&png(&DynamicImage::ImageRgb8(image))).unwrap();
    assert!(large.pixels().all(|pixel| pixel[1] > 200 && pixel[0] < 50));
}

#[test]
fn portrait_is_white_where_nothing_is() {
    let image = RgbaImage::from_pixel(9, 7, Rgba([0, 0, 0, 0]));
    let [large, small] = portrait(&png(&DynamicImage::ImageRgba8(image))).unwrap();
    let mut pixels = large.pixels().chain(small.pixels());
    assert!(pixels.all(|pixel| *pixel == Rgb([255; 3])));
}

#[test]
fn portrait_is_made_of_no_bomb_and_of_nothing_broken() {
    let refused = portrait(&bomb(50_000, 50_000)).unwrap_err();
    assert_eq!(refused, UploadDenied::PictureTooLarge);
    let whole = jpeg(60, 40, 1);
    let refused = portrait(&whole[..whole.len() / 4]).unwrap_err();
    assert_eq!(refused, UploadDenied::PictureBroken);
}

#[test]
fn moving_picture_goes_on_moving_and_says_nothing_else() {
    let sent = gif(3);
    assert!(has_secret(&sent));
    let picture = made(&sent).unwrap();
    assert_eq!(picture.media_type, "image/gif");
    assert!(!has_secret(&picture.bytes));
    let mut decoder = gif::Decoder::new(Cursor::new(&picture.bytes)).unwrap();
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push((frame.delay, frame.buffer[0]));
    }
    assert_eq!(delays, [(5, 2), (5, 1), (5, 2)]);
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
}

/// As a form that packs worse would be.
#[test]
fn picture_that_grows_is_refused() {
    let sent = gif(3);
    let whole = copy_frames(&sent, OUTPUT_MAX_BYTES).unwrap().len();
    assert!(copy_frames(&sent, whole).is_ok());
    for max_bytes in [0, 20, whole - 1] {
        let refused = copy_frames(&sent, max_bytes);
        assert_eq!(refused, Err(UploadDenied::PictureTooLarge));
    }
    let image = DynamicImage::ImageRgba8(RgbaImage::from_fn(64, 64, |x, y| {
        let noise = u8::try_from((x * 31 + y * 17 + x * y) % 251).unwrap();
        Rgba([noise, noise / 2, 255 - noise, noise])
    }));
    for format in [PictureFormat::Png, PictureFormat::WebP, PictureFormat::Jpeg] {
        let encode = |max_bytes| encode(&image, format, false, max_bytes);
        let whole = encode(OUTPUT_MAX_BYTES).unwrap().0.len();
        assert!(encode(whole).is_ok());
        for max_bytes in [0, 50, whole - 1] {
            assert_eq!(encode(max_bytes), Err(UploadDenied::PictureTooLarge));
        }
    }
}

#[test]
fn bomb_is_refused_by_what_it_says_of_itself() {
    for (width, height) in [(50_000, 50_000), (5_001, 5_000), (u32::MAX / 4, 1)] {
        let refused = made(&bomb(width, height));
        assert_eq!(refused, Err(UploadDenied::PictureTooLarge), "{width}");
    }
    let mut jpeg = jpeg(16, 16, 1);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(made(&jpeg), Err(UploadDenied::PictureTooLarge));
    let mut gif = gif(1);
    gif[6..10].copy_from_slice(&[0x50, 0xc3, 0x50, 0xc3]);
    assert_eq!(made(&gif), Err(UploadDenied::PictureTooLarge));
}

#[test]
fn broken_pictures_are_refused() {
    let whole = [
        jpeg(60, 40, 1),
        png(&DynamicImage::ImageRgb8(RgbImage::new(60, 40))),
        gif(2),
    ];
    for bytes in whole {
        let cut = &bytes[..40.min(bytes.len() / 2)];
        assert_eq!(made(cut), Err(UploadDenied::PictureBroken));
    }
    let script: &[u8] = b"GIF89a/*<script>alert(1)</script>*/=1;";
    assert!(made(script).is_err());
}

#[test]
fn second_file_behind_a_picture_is_not_kept() {
    for mut bytes in [
        jpeg(60, 40, 1),
        png(&DynamicImage::ImageRgb8(RgbImage::new(60, 40))),
        gif(2),
    ] {
        bytes.extend(b"<html><script>");
        bytes.extend(SECRET);
        let picture = made(&bytes).unwrap();
        assert!(!has_secret(&picture.bytes));
    }
}

#[test]
fn what_may_run_is_a_file() {
    let check = |bytes: &[u8]| match MediaFiles.sniff(bytes) {
        Content::File(_) => {}
        other => panic!("{other:?}"),
    };
    check(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>");
    check(b"<?xml version='1.0'?><svg><script>alert(1)</script></svg>");
    check(b"<!DOCTYPE html><script>alert(1)</script>");
    check(b"%PDF-1.7");
    check(b"alert(1)");
    check(b"");
}

#[test]
fn sound_and_video_are_what_browsers_play() {
    let mut webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04".to_vec();
    webm.extend(b"\x42\xf3\x81\x08\x42\x82\x84webm");
    webm.resize(300, 0);
    assert_eq!(MediaFiles.sniff(&webm), Content::Video("video/webm"));
    let mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    assert_eq!(MediaFiles.sniff(mp4), Content::Video("video/mp4"));
    let m4a = b"\0\0\0\x18ftypM4A \0\0\0\0";
    assert_eq!(MediaFiles.sniff(m4a), Content::Audio("audio/mp4"));
    assert_eq!(
        MediaFiles.sniff(b"ID3\x03\0\0\0\0\0\0"),
        Content::Audio("audio/mpeg")
    );
}

/// What this process has taken at most, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse().unwrap()
}

/// The largest picture that is taken fits into a core's 512 MiB with all that is made of it, also a
/// progressive JPEG, whose decoder takes most.
#[test]
fn largest_picture_takes_little_memory() {
    let packed = include_bytes!("../../../../testdata/largest.jpg.gz");
    let mut sent = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut sent).unwrap();
    let before = peak_kib();
    let picture = made(&sent).unwrap();
    let pixels = u64::from(picture.width) * u64::from(picture.height);
    assert_eq!(pixels, PICTURE_MAX_PIXELS);
    let taken = peak_kib() - before;
    assert!(taken < 300 * 1024, "{taken} KiB");
}
