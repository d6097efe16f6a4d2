/// What the translation cache did so far, and what it takes: for reports and tests.
public struct TranslationCounts: Sendable {
  /// Blocks that were translated, and those of which host code was made.
  public var translatedBlocks: UInt64
  public var compiledBlocks: UInt64
  /// Blocks that went because their code changed.
  public var invalidatedBlocks: UInt64
  /// How often an arena was full and a part of it emptied, and the blocks that went with it.
  public var reclaims: UInt64
  public var reclaimedBlocks: UInt64
  /// Stores to a page with code, but not to the code.
  public var storesBesideCode: UInt64
  /// Pages that have a table of blocks.
  public var pages: Int
  /// Bytes of both arenas that were ever used, in whole segments; they never exceed their sizes.
  public var bytes: Int
  public var hostBytes: Int
}

extension Cluster {
  public var translationCounts: TranslationCounts {
    TranslationCounts(
      translatedBlocks: cache.translatedBlocks, compiledBlocks: compiledBlocks,
      invalidatedBlocks: cache.invalidatedBlocks, reclaims: cache.reclaims,
      reclaimedBlocks: cache.reclaimedBlocks, storesBesideCode: cache.storesBesideCode,
      pages: cache.livePages.count, bytes: cache.highWater, hostBytes: cache.host?.highWater ?? 0)
  }
}
