use crate::common::harness::Options;
pub(crate) fn schedule(_: &Options) {}
pub(crate) fn mixed(_: &Options) {}
