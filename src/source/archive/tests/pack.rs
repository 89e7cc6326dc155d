//! Archives for tests, made by the same libraries. Integration tests take this file as well.

use std::io::Write;

/// What makes an archive of one member.
pub(crate) type Pack = fn(&[u8]) -> Vec<u8>;

/// The kinds by their names.
pub(crate) const ALL: [(&str, Pack); 5] =
    [("gzip", gzip), ("zstd", zstd), ("xz", xz), ("bzip2", bzip2), ("lz4", lz4)];

/// A gzip member with everything in its header that there can be.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let header = flate2::GzBuilder::new().filename("a.log").comment("a log").extra(vec![1; 300]);
    let mut out = header.write(Vec::new(), flate2::Compression::default());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

/// A zstd frame with a checksum.
pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    let mut out = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    out.include_checksum(true).unwrap();
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

/// An xz stream.
pub(crate) fn xz(content: &[u8]) -> Vec<u8> {
    liblzma::encode_all(content, 1).unwrap()
}

/// A bzip2 stream of small blocks.
pub(crate) fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

/// An lz4 frame with a checksum, whose blocks refer to each other.
pub(crate) fn lz4(content: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new()
        .content_checksum(true)
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_mode(lz4_flex::frame::BlockMode::Linked);
    let mut out = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}
