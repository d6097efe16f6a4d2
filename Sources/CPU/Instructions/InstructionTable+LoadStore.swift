extension InstructionTable {
  /// Loads and stores of general and SIMD&FP registers (Arm DDI 0487, C4.1.4).
  /// The format is that of ``InstructionTable``.
  static let loadStoreText = """
    # C4.1.4 Advanced SIMD load/store multiple structures | simd, memory
    ld1Multiple1 | 0 Q 0011000 1 000000 0111 size:2 Rn:5 Rt:5 | load | ld1 <Rt.list1>, [<Rn.xsp>]
    ld1Multiple2 | 0 Q 0011000 1 000000 1010 size:2 Rn:5 Rt:5 | load | ld1 <Rt.list2>, [<Rn.xsp>]
    ld1Multiple3 | 0 Q 0011000 1 000000 0110 size:2 Rn:5 Rt:5 | load | ld1 <Rt.list3>, [<Rn.xsp>]
    ld1Multiple4 | 0 Q 0011000 1 000000 0010 size:2 Rn:5 Rt:5 | load | ld1 <Rt.list4>, [<Rn.xsp>]
    ld2Multiple  | 0 Q 0011000 1 000000 1000 size:2 Rn:5 Rt:5 | load, not size=11 Q=0 | \
    ld2 <Rt.list2>, [<Rn.xsp>]
    ld3Multiple  | 0 Q 0011000 1 000000 0100 size:2 Rn:5 Rt:5 | load, not size=11 Q=0 | \
    ld3 <Rt.list3>, [<Rn.xsp>]
    ld4Multiple  | 0 Q 0011000 1 000000 0000 size:2 Rn:5 Rt:5 | load, not size=11 Q=0 | \
    ld4 <Rt.list4>, [<Rn.xsp>]
    st1Multiple1 | 0 Q 0011000 0 000000 0111 size:2 Rn:5 Rt:5 | store | st1 <Rt.list1>, [<Rn.xsp>]
    st1Multiple2 | 0 Q 0011000 0 000000 1010 size:2 Rn:5 Rt:5 | store | st1 <Rt.list2>, [<Rn.xsp>]
    st1Multiple3 | 0 Q 0011000 0 000000 0110 size:2 Rn:5 Rt:5 | store | st1 <Rt.list3>, [<Rn.xsp>]
    st1Multiple4 | 0 Q 0011000 0 000000 0010 size:2 Rn:5 Rt:5 | store | st1 <Rt.list4>, [<Rn.xsp>]
    st2Multiple  | 0 Q 0011000 0 000000 1000 size:2 Rn:5 Rt:5 | store, not size=11 Q=0 | \
    st2 <Rt.list2>, [<Rn.xsp>]
    st3Multiple  | 0 Q 0011000 0 000000 0100 size:2 Rn:5 Rt:5 | store, not size=11 Q=0 | \
    st3 <Rt.list3>, [<Rn.xsp>]
    st4Multiple  | 0 Q 0011000 0 000000 0000 size:2 Rn:5 Rt:5 | store, not size=11 Q=0 | \
    st4 <Rt.list4>, [<Rn.xsp>]

    # C4.1.4 Advanced SIMD load/store multiple structures (post-indexed) | simd, memory
    ld1Multiple1PostIndex | 0 Q 0011001 1 0 Rm:5 0111 size:2 Rn:5 Rt:5 | load | \
    ld1 <Rt.list1>, [<Rn.xsp>], <Rm.post1>
    ld1Multiple2PostIndex | 0 Q 0011001 1 0 Rm:5 1010 size:2 Rn:5 Rt:5 | load | \
    ld1 <Rt.list2>, [<Rn.xsp>], <Rm.post2>
    ld1Multiple3PostIndex | 0 Q 0011001 1 0 Rm:5 0110 size:2 Rn:5 Rt:5 | load | \
    ld1 <Rt.list3>, [<Rn.xsp>], <Rm.post3>
    ld1Multiple4PostIndex | 0 Q 0011001 1 0 Rm:5 0010 size:2 Rn:5 Rt:5 | load | \
    ld1 <Rt.list4>, [<Rn.xsp>], <Rm.post4>
    ld2MultiplePostIndex  | 0 Q 0011001 1 0 Rm:5 1000 size:2 Rn:5 Rt:5 | load, not size=11 Q=0 | \
    ld2 <Rt.list2>, [<Rn.xsp>], <Rm.post2>
    ld3MultiplePostIndex  | 0 Q 0011001 1 0 Rm:5 0100 size:2 Rn:5 Rt:5 | load, not size=11 Q=0 | \
    ld3 <Rt.list3>, [<Rn.xsp>], <Rm.post3>
    ld4MultiplePostIndex  | 0 Q 0011001 1 0 Rm:5 0000 size:2 Rn:5 Rt:5 | load, not size=11 Q=0 | \
    ld4 <Rt.list4>, [<Rn.xsp>], <Rm.post4>
    st1Multiple1PostIndex | 0 Q 0011001 0 0 Rm:5 0111 size:2 Rn:5 Rt:5 | store | \
    st1 <Rt.list1>, [<Rn.xsp>], <Rm.post1>
    st1Multiple2PostIndex | 0 Q 0011001 0 0 Rm:5 1010 size:2 Rn:5 Rt:5 | store | \
    st1 <Rt.list2>, [<Rn.xsp>], <Rm.post2>
    st1Multiple3PostIndex | 0 Q 0011001 0 0 Rm:5 0110 size:2 Rn:5 Rt:5 | store | \
    st1 <Rt.list3>, [<Rn.xsp>], <Rm.post3>
    st1Multiple4PostIndex | 0 Q 0011001 0 0 Rm:5 0010 size:2 Rn:5 Rt:5 | store | \
    st1 <Rt.list4>, [<Rn.xsp>], <Rm.post4>
    st2MultiplePostIndex  | 0 Q 0011001 0 0 Rm:5 1000 size:2 Rn:5 Rt:5 | store, not size=11 Q=0 | \
    st2 <Rt.list2>, [<Rn.xsp>], <Rm.post2>
    st3MultiplePostIndex  | 0 Q 0011001 0 0 Rm:5 0100 size:2 Rn:5 Rt:5 | store, not size=11 Q=0 | \
    st3 <Rt.list3>, [<Rn.xsp>], <Rm.post3>
    st4MultiplePostIndex  | 0 Q 0011001 0 0 Rm:5 0000 size:2 Rn:5 Rt:5 | store, not size=11 Q=0 | \
    st4 <Rt.list4>, [<Rn.xsp>], <Rm.post4>

    # C4.1.4 Advanced SIMD load/store single structure | simd, memory, not scale=11, \
    not scale=01 size=x1, not scale=10 size=1x, not scale=10 size=01 S=1
    ld1Single | 0 Q 0011010 1 0 00000 scale:2 0 S size:2 Rn:5 Rt:5 | load | ld1 <Rt.lane1>, [<Rn.xsp>]
    ld2Single | 0 Q 0011010 1 1 00000 scale:2 0 S size:2 Rn:5 Rt:5 | load | ld2 <Rt.lane2>, [<Rn.xsp>]
    ld3Single | 0 Q 0011010 1 0 00000 scale:2 1 S size:2 Rn:5 Rt:5 | load | ld3 <Rt.lane3>, [<Rn.xsp>]
    ld4Single | 0 Q 0011010 1 1 00000 scale:2 1 S size:2 Rn:5 Rt:5 | load | ld4 <Rt.lane4>, [<Rn.xsp>]
    st1Single | 0 Q 0011010 0 0 00000 scale:2 0 S size:2 Rn:5 Rt:5 | store | st1 <Rt.lane1>, [<Rn.xsp>]
    st2Single | 0 Q 0011010 0 1 00000 scale:2 0 S size:2 Rn:5 Rt:5 | store | st2 <Rt.lane2>, [<Rn.xsp>]
    st3Single | 0 Q 0011010 0 0 00000 scale:2 1 S size:2 Rn:5 Rt:5 | store | st3 <Rt.lane3>, [<Rn.xsp>]
    st4Single | 0 Q 0011010 0 1 00000 scale:2 1 S size:2 Rn:5 Rt:5 | store | st4 <Rt.lane4>, [<Rn.xsp>]

    # C4.1.4 Advanced SIMD load and replicate single structure | simd, memory
    ld1Replicate | 0 Q 0011010 1 0 00000 11 0 0 size:2 Rn:5 Rt:5 | load | ld1r <Rt.list1>, [<Rn.xsp>]
    ld2Replicate | 0 Q 0011010 1 1 00000 11 0 0 size:2 Rn:5 Rt:5 | load | ld2r <Rt.list2>, [<Rn.xsp>]
    ld3Replicate | 0 Q 0011010 1 0 00000 11 1 0 size:2 Rn:5 Rt:5 | load | ld3r <Rt.list3>, [<Rn.xsp>]
    ld4Replicate | 0 Q 0011010 1 1 00000 11 1 0 size:2 Rn:5 Rt:5 | load | ld4r <Rt.list4>, [<Rn.xsp>]

    # C4.1.4 Advanced SIMD load/store single structure (post-indexed) | simd, memory, not scale=11, \
    not scale=01 size=x1, not scale=10 size=1x, not scale=10 size=01 S=1
    ld1SinglePostIndex | 0 Q 0011011 1 0 Rm:5 scale:2 0 S size:2 Rn:5 Rt:5 | load | \
    ld1 <Rt.lane1>, [<Rn.xsp>], <Rm.lanePost1>
    ld2SinglePostIndex | 0 Q 0011011 1 1 Rm:5 scale:2 0 S size:2 Rn:5 Rt:5 | load | \
    ld2 <Rt.lane2>, [<Rn.xsp>], <Rm.lanePost2>
    ld3SinglePostIndex | 0 Q 0011011 1 0 Rm:5 scale:2 1 S size:2 Rn:5 Rt:5 | load | \
    ld3 <Rt.lane3>, [<Rn.xsp>], <Rm.lanePost3>
    ld4SinglePostIndex | 0 Q 0011011 1 1 Rm:5 scale:2 1 S size:2 Rn:5 Rt:5 | load | \
    ld4 <Rt.lane4>, [<Rn.xsp>], <Rm.lanePost4>
    st1SinglePostIndex | 0 Q 0011011 0 0 Rm:5 scale:2 0 S size:2 Rn:5 Rt:5 | store | \
    st1 <Rt.lane1>, [<Rn.xsp>], <Rm.lanePost1>
    st2SinglePostIndex | 0 Q 0011011 0 1 Rm:5 scale:2 0 S size:2 Rn:5 Rt:5 | store | \
    st2 <Rt.lane2>, [<Rn.xsp>], <Rm.lanePost2>
    st3SinglePostIndex | 0 Q 0011011 0 0 Rm:5 scale:2 1 S size:2 Rn:5 Rt:5 | store | \
    st3 <Rt.lane3>, [<Rn.xsp>], <Rm.lanePost3>
    st4SinglePostIndex | 0 Q 0011011 0 1 Rm:5 scale:2 1 S size:2 Rn:5 Rt:5 | store | \
    st4 <Rt.lane4>, [<Rn.xsp>], <Rm.lanePost4>

    # C4.1.4 Advanced SIMD load and replicate single structure (post-indexed) | simd, memory
    ld1ReplicatePostIndex | 0 Q 0011011 1 0 Rm:5 11 0 0 size:2 Rn:5 Rt:5 | load | \
    ld1r <Rt.list1>, [<Rn.xsp>], <Rm.replicatePost1>
    ld2ReplicatePostIndex | 0 Q 0011011 1 1 Rm:5 11 0 0 size:2 Rn:5 Rt:5 | load | \
    ld2r <Rt.list2>, [<Rn.xsp>], <Rm.replicatePost2>
    ld3ReplicatePostIndex | 0 Q 0011011 1 0 Rm:5 11 1 0 size:2 Rn:5 Rt:5 | load | \
    ld3r <Rt.list3>, [<Rn.xsp>], <Rm.replicatePost3>
    ld4ReplicatePostIndex | 0 Q 0011011 1 1 Rm:5 11 1 0 size:2 Rn:5 Rt:5 | load | \
    ld4r <Rt.list4>, [<Rn.xsp>], <Rm.replicatePost4>

    # C4.1.4 Load/store exclusive and ordered | memory
    stxr  | size:2 001000 0 0 0 Rs:5 0 xxxxx Rn:5 Rt:5  | store, exclusive | \
    stxr<size.bh> <Rs.w>, <Rt.size>, [<Rn.xsp>]
    stlxr | size:2 001000 0 0 0 Rs:5 1 xxxxx Rn:5 Rt:5  | store, exclusive, ordered | \
    stlxr<size.bh> <Rs.w>, <Rt.size>, [<Rn.xsp>]
    ldxr  | size:2 001000 0 1 0 xxxxx 0 xxxxx Rn:5 Rt:5 | load, exclusive | \
    ldxr<size.bh> <Rt.size>, [<Rn.xsp>]
    ldaxr | size:2 001000 0 1 0 xxxxx 1 xxxxx Rn:5 Rt:5 | load, exclusive, ordered | \
    ldaxr<size.bh> <Rt.size>, [<Rn.xsp>]
    stxp  | 1 sz 001000 0 0 1 Rs:5 0 Rt2:5 Rn:5 Rt:5    | store, exclusive | \
    stxp <Rs.w>, <Rt.sz>, <Rt2.sz>, [<Rn.xsp>]
    stlxp | 1 sz 001000 0 0 1 Rs:5 1 Rt2:5 Rn:5 Rt:5    | store, exclusive, ordered | \
    stlxp <Rs.w>, <Rt.sz>, <Rt2.sz>, [<Rn.xsp>]
    ldxp  | 1 sz 001000 0 1 1 xxxxx 0 Rt2:5 Rn:5 Rt:5   | load, exclusive | ldxp <Rt.sz>, <Rt2.sz>, [<Rn.xsp>]
    ldaxp | 1 sz 001000 0 1 1 xxxxx 1 Rt2:5 Rn:5 Rt:5   | load, exclusive, ordered | \
    ldaxp <Rt.sz>, <Rt2.sz>, [<Rn.xsp>]
    stlr  | size:2 001000 1 0 0 xxxxx 1 xxxxx Rn:5 Rt:5 | store, ordered | stlr<size.bh> <Rt.size>, [<Rn.xsp>]
    ldar  | size:2 001000 1 1 0 xxxxx 1 xxxxx Rn:5 Rt:5 | load, ordered | ldar<size.bh> <Rt.size>, [<Rn.xsp>]

    # C4.1.4 Load register (literal) | memory, load
    ldrLiteral   | 0 sz 011 0 00 imm19:19 Rt:5  | | ldr <Rt.sz>, <imm19.pc>
    ldrswLiteral | 10 011 0 00 imm19:19 Rt:5    | | ldrsw <Rt.x>, <imm19.pc>
    ldrFPLiteral | opc:2 011 1 00 imm19:19 Rt:5 | fp, not opc=11 | ldr <Rt.fopc>, <imm19.pc>

    # C4.1.4 Load/store no-allocate pair (offset) | memory
    stnp | sf 0 101 0 000 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stnp <Rt.r>, <Rt2.r>, [<Rn.xsp>, <imm7.pairScaled>]
    ldnp | sf 0 101 0 000 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldnp <Rt.r>, <Rt2.r>, [<Rn.xsp>, <imm7.pairScaled>]

    # C4.1.4 Load/store no-allocate pair (offset), SIMD&FP | memory, fp, not opc=11
    stnpFP | opc:2 101 1 000 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stnp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>, <imm7.pairScaledFP>]
    ldnpFP | opc:2 101 1 000 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldnp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>, <imm7.pairScaledFP>]

    # C4.1.4 Load/store register pair (post-indexed) | memory
    stpPostIndex   | sf 0 101 0 001 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stp <Rt.r>, <Rt2.r>, [<Rn.xsp>], <imm7.pairScaled>
    ldpPostIndex   | sf 0 101 0 001 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldp <Rt.r>, <Rt2.r>, [<Rn.xsp>], <imm7.pairScaled>
    ldpswPostIndex | 0 1 101 0 001 1 imm7:7 Rt2:5 Rn:5 Rt:5  | load | \
    ldpsw <Rt.x>, <Rt2.x>, [<Rn.xsp>], <imm7.wordScaled>

    # C4.1.4 Load/store register pair (post-indexed), SIMD&FP | memory, fp, not opc=11
    stpFPPostIndex | opc:2 101 1 001 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>], <imm7.pairScaledFP>
    ldpFPPostIndex | opc:2 101 1 001 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>], <imm7.pairScaledFP>

    # C4.1.4 Load/store register pair (offset) | memory
    stpOffset   | sf 0 101 0 010 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stp <Rt.r>, <Rt2.r>, [<Rn.xsp>, <imm7.pairScaled>]
    ldpOffset   | sf 0 101 0 010 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldp <Rt.r>, <Rt2.r>, [<Rn.xsp>, <imm7.pairScaled>]
    ldpswOffset | 0 1 101 0 010 1 imm7:7 Rt2:5 Rn:5 Rt:5  | load | \
    ldpsw <Rt.x>, <Rt2.x>, [<Rn.xsp>, <imm7.wordScaled>]

    # C4.1.4 Load/store register pair (offset), SIMD&FP | memory, fp, not opc=11
    stpFPOffset | opc:2 101 1 010 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>, <imm7.pairScaledFP>]
    ldpFPOffset | opc:2 101 1 010 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>, <imm7.pairScaledFP>]

    # C4.1.4 Load/store register pair (pre-indexed) | memory
    stpPreIndex   | sf 0 101 0 011 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stp <Rt.r>, <Rt2.r>, [<Rn.xsp>, <imm7.pairScaled>]!
    ldpPreIndex   | sf 0 101 0 011 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldp <Rt.r>, <Rt2.r>, [<Rn.xsp>, <imm7.pairScaled>]!
    ldpswPreIndex | 0 1 101 0 011 1 imm7:7 Rt2:5 Rn:5 Rt:5  | load | \
    ldpsw <Rt.x>, <Rt2.x>, [<Rn.xsp>, <imm7.wordScaled>]!

    # C4.1.4 Load/store register pair (pre-indexed), SIMD&FP | memory, fp, not opc=11
    stpFPPreIndex | opc:2 101 1 011 0 imm7:7 Rt2:5 Rn:5 Rt:5 | store | \
    stp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>, <imm7.pairScaledFP>]!
    ldpFPPreIndex | opc:2 101 1 011 1 imm7:7 Rt2:5 Rn:5 Rt:5 | load | \
    ldp <Rt.fopc>, <Rt2.fopc>, [<Rn.xsp>, <imm7.pairScaledFP>]!

    # C4.1.4 Load/store register (unscaled immediate) | memory
    stur | size:2 111 0 00 00 0 imm9:9 00 Rn:5 Rt:5 | store | stur<size.bh> <Rt.size>, [<Rn.xsp>, <imm9.shex>]
    ldur | size:2 111 0 00 01 0 imm9:9 00 Rn:5 Rt:5 | load | ldur<size.bh> <Rt.size>, [<Rn.xsp>, <imm9.shex>]

    # C4.1.4 Load/store register (unscaled immediate), sign-extending | memory, load, \
    not size=11, not size=10 opc0=1
    ldurs | size:2 111 0 00 1 opc0 0 imm9:9 00 Rn:5 Rt:5 | | ldurs<size.bhw> <Rt.opc>, [<Rn.xsp>, <imm9.shex>]

    # C4.1.4 Load/store register (unscaled immediate), SIMD&FP | memory, fp, \
    not size=1x opc1=1, not size=x1 opc1=1
    sturFP | size:2 111 1 00 opc1 0 0 imm9:9 00 Rn:5 Rt:5 | store | stur <Rt.fsize>, [<Rn.xsp>, <imm9.shex>]
    ldurFP | size:2 111 1 00 opc1 1 0 imm9:9 00 Rn:5 Rt:5 | load | ldur <Rt.fsize>, [<Rn.xsp>, <imm9.shex>]

    # C4.1.4 Load/store register (immediate post-indexed) | memory
    strImmediatePostIndex | size:2 111 0 00 00 0 imm9:9 01 Rn:5 Rt:5 | store | \
    str<size.bh> <Rt.size>, [<Rn.xsp>], <imm9.shex>
    ldrImmediatePostIndex | size:2 111 0 00 01 0 imm9:9 01 Rn:5 Rt:5 | load | \
    ldr<size.bh> <Rt.size>, [<Rn.xsp>], <imm9.shex>

    # C4.1.4 Load/store register (immediate post-indexed), sign-extending | memory, load, \
    not size=11, not size=10 opc0=1
    ldrsImmediatePostIndex | size:2 111 0 00 1 opc0 0 imm9:9 01 Rn:5 Rt:5 | | \
    ldrs<size.bhw> <Rt.opc>, [<Rn.xsp>], <imm9.shex>

    # C4.1.4 Load/store register (immediate post-indexed), SIMD&FP | memory, fp, \
    not size=1x opc1=1, not size=x1 opc1=1
    strFPImmediatePostIndex | size:2 111 1 00 opc1 0 0 imm9:9 01 Rn:5 Rt:5 | store | \
    str <Rt.fsize>, [<Rn.xsp>], <imm9.shex>
    ldrFPImmediatePostIndex | size:2 111 1 00 opc1 1 0 imm9:9 01 Rn:5 Rt:5 | load | \
    ldr <Rt.fsize>, [<Rn.xsp>], <imm9.shex>

    # C4.1.4 Load/store register (unprivileged) | memory
    sttr | size:2 111 0 00 00 0 imm9:9 10 Rn:5 Rt:5 | store | sttr<size.bh> <Rt.size>, [<Rn.xsp>, <imm9.shex>]
    ldtr | size:2 111 0 00 01 0 imm9:9 10 Rn:5 Rt:5 | load | ldtr<size.bh> <Rt.size>, [<Rn.xsp>, <imm9.shex>]

    # C4.1.4 Load/store register (unprivileged), sign-extending | memory, load, \
    not size=11, not size=10 opc0=1
    ldtrs | size:2 111 0 00 1 opc0 0 imm9:9 10 Rn:5 Rt:5 | | ldtrs<size.bhw> <Rt.opc>, [<Rn.xsp>, <imm9.shex>]

    # C4.1.4 Load/store register (immediate pre-indexed) | memory
    strImmediatePreIndex | size:2 111 0 00 00 0 imm9:9 11 Rn:5 Rt:5 | store | \
    str<size.bh> <Rt.size>, [<Rn.xsp>, <imm9.shex>]!
    ldrImmediatePreIndex | size:2 111 0 00 01 0 imm9:9 11 Rn:5 Rt:5 | load | \
    ldr<size.bh> <Rt.size>, [<Rn.xsp>, <imm9.shex>]!

    # C4.1.4 Load/store register (immediate pre-indexed), sign-extending | memory, load, \
    not size=11, not size=10 opc0=1
    ldrsImmediatePreIndex | size:2 111 0 00 1 opc0 0 imm9:9 11 Rn:5 Rt:5 | | \
    ldrs<size.bhw> <Rt.opc>, [<Rn.xsp>, <imm9.shex>]!

    # C4.1.4 Load/store register (immediate pre-indexed), SIMD&FP | memory, fp, \
    not size=1x opc1=1, not size=x1 opc1=1
    strFPImmediatePreIndex | size:2 111 1 00 opc1 0 0 imm9:9 11 Rn:5 Rt:5 | store | \
    str <Rt.fsize>, [<Rn.xsp>, <imm9.shex>]!
    ldrFPImmediatePreIndex | size:2 111 1 00 opc1 1 0 imm9:9 11 Rn:5 Rt:5 | load | \
    ldr <Rt.fsize>, [<Rn.xsp>, <imm9.shex>]!

    # C4.1.4 Load/store register (register offset) | memory, not option=x0x
    strRegisterOffset | size:2 111 0 00 00 1 Rm:5 option:3 S 10 Rn:5 Rt:5 | store | \
    str<size.bh> <Rt.size>, [<Rn.xsp>, <Rm.offset>]
    ldrRegisterOffset | size:2 111 0 00 01 1 Rm:5 option:3 S 10 Rn:5 Rt:5 | load | \
    ldr<size.bh> <Rt.size>, [<Rn.xsp>, <Rm.offset>]

    # C4.1.4 Load/store register (register offset), sign-extending | memory, load, not option=x0x, \
    not size=11, not size=10 opc0=1
    ldrsRegisterOffset | size:2 111 0 00 1 opc0 1 Rm:5 option:3 S 10 Rn:5 Rt:5 | | \
    ldrs<size.bhw> <Rt.opc>, [<Rn.xsp>, <Rm.offset>]

    # C4.1.4 Load/store register (register offset), SIMD&FP | memory, fp, not option=x0x, \
    not size=1x opc1=1, not size=x1 opc1=1
    strFPRegisterOffset | size:2 111 1 00 opc1 0 1 Rm:5 option:3 S 10 Rn:5 Rt:5 | store | \
    str <Rt.fsize>, [<Rn.xsp>, <Rm.offsetFP>]
    ldrFPRegisterOffset | size:2 111 1 00 opc1 1 1 Rm:5 option:3 S 10 Rn:5 Rt:5 | load | \
    ldr <Rt.fsize>, [<Rn.xsp>, <Rm.offsetFP>]

    # C4.1.4 Load/store register (unsigned immediate) | memory
    strImmediateUnsigned | size:2 111 0 01 00 imm12:12 Rn:5 Rt:5 | store | \
    str<size.bh> <Rt.size>, [<Rn.xsp>, <imm12.scaled>]
    ldrImmediateUnsigned | size:2 111 0 01 01 imm12:12 Rn:5 Rt:5 | load | \
    ldr<size.bh> <Rt.size>, [<Rn.xsp>, <imm12.scaled>]

    # C4.1.4 Load/store register (unsigned immediate), sign-extending | memory, load, \
    not size=11, not size=10 opc0=1
    ldrsImmediateUnsigned | size:2 111 0 01 1 opc0 imm12:12 Rn:5 Rt:5 | | \
    ldrs<size.bhw> <Rt.opc>, [<Rn.xsp>, <imm12.scaled>]

    # C4.1.4 Load/store register (unsigned immediate), SIMD&FP | memory, fp, \
    not size=1x opc1=1, not size=x1 opc1=1
    strFPImmediateUnsigned | size:2 111 1 01 opc1 0 imm12:12 Rn:5 Rt:5 | store | \
    str <Rt.fsize>, [<Rn.xsp>, <imm12.scaledFP>]
    ldrFPImmediateUnsigned | size:2 111 1 01 opc1 1 imm12:12 Rn:5 Rt:5 | load | \
    ldr <Rt.fsize>, [<Rn.xsp>, <imm12.scaledFP>]

    # C4.1.4 Prefetch memory
    prfmLiteral           | 11 011 0 00 imm19:19 Rt:5                     | | prfm <Rt.prefetch>, <imm19.pc>
    prfum                 | 11 111 0 00 10 0 imm9:9 00 Rn:5 Rt:5          | | \
    prfum <Rt.prefetch>, [<Rn.xsp>, <imm9.shex>]
    prfmRegisterOffset    | 11 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5 | not option=x0x | \
    prfm <Rt.prefetch>, [<Rn.xsp>, <Rm.offset>]
    prfmImmediateUnsigned | 11 111 0 01 10 imm12:12 Rn:5 Rt:5             | | \
    prfm <Rt.prefetch>, [<Rn.xsp>, <imm12.scaled8>]
    """
}
