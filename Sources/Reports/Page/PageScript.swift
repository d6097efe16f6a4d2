/// The page's script: it draws the timeline and opens rows. It only ever sets texts, never markup.
enum PageScript {
  static let text: StaticString = #"""
    "use strict";
    (() => {
      const root = document.documentElement;
      let errors = 0;
      addEventListener("error", () => { root.dataset.errors = ++errors; });
      root.dataset.errors = 0;

      // Rows that open.
      for (const button of document.querySelectorAll("button.open")) {
        const detail = button.closest("tr").nextElementSibling;
        detail.hidden = true;
        button.closest("tr").addEventListener("click", (event) => {
          if (String(getSelection()) && event.target !== button) return;
          detail.hidden = !detail.hidden;
          button.setAttribute("aria-expanded", String(!detail.hidden));
        });
      }

      const canvas = document.getElementById("lanes");
      if (!canvas) { root.dataset.state = "ready"; return; }
      const data = JSON.parse(document.getElementById("data").textContent);
      const labels = data.labels;
      const rows = ["stage-2 fault", "call", "virtual interrupt"];
      const SLICE = 6, MARK = 4;
      const domains = [];
      let first = Infinity, last = 0, sliceCount = 0;
      const lanes = data.cores.map((source) => {
        const count = source.slices.length / SLICE, marks = source.marks.length / MARK;
        const lane = {
          core: source.core, raw: source.slices, rawMarks: source.marks,
          start: new Float64Array(count), end: new Float64Array(count), group: new Uint8Array(count),
          mark: new Float64Array(marks)
        };
        let time = 0;
        for (let i = 0; i < count; i++) {
          lane.start[i] = time += source.slices[i * SLICE];
          lane.end[i] = time += source.slices[i * SLICE + 1];
          lane.group[i] = groupOf(
            source.slices[i * SLICE + 2] >> 1, labels[source.slices[i * SLICE + 3]], labels[source.slices[i * SLICE + 4]]);
        }
        if (count) { first = Math.min(first, lane.start[0]); last = Math.max(last, lane.end[count - 1]); }
        time = 0;
        for (let i = 0; i < marks; i++) lane.mark[i] = time += source.marks[i * MARK];
        if (marks) { first = Math.min(first, lane.mark[0]); last = Math.max(last, time); }
        sliceCount += count;
        return lane;
      });
      if (!(last > first)) { first = 0; last = Math.max(last, 1); }

      // Colours: one for each domain, EL2 for a guest, EL2 idle or for none, EL3. While a guest waits in a trapped
      // WFI, EL2 mostly waits too.
      function groupOf(level, name, why) {
        if (level === 3) return 2;
        if (level === 2) return name && why !== "trap WFI" && why !== "trap WFE" ? 1 : 0;
        const domain = name.replace(/v\d+$/, "");
        if (!domain) return 3;
        let index = domains.indexOf(domain);
        if (index < 0) index = domains.push(domain) - 1;
        return 4 + index % 6;
      }
      const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
      let colours, markColours, ink, dim, line, paper;
      function readColours() {
        colours = ["--el2none", "--el2", "--el3", "--none", "--g0", "--g1", "--g2", "--g3", "--g4", "--g5"].map(css);
        markColours = ["--fault", "--call", "--virq"].map(css);
        ink = css("--ink"); dim = css("--dim"); line = css("--line"); paper = css("--paper");
      }

      const GUTTER = 64, LANE = 26, GAP = 20, AXIS = 22;
      const context = canvas.getContext("2d");
      let width = 0, from = first, to = last;
      const height = AXIS + lanes.length * (LANE + GAP) + 4;

      function resize() {
        const ratio = devicePixelRatio || 1;
        width = Math.max(120, canvas.clientWidth) - GUTTER;
        canvas.width = (width + GUTTER) * ratio;
        canvas.height = height * ratio;
        canvas.style.height = height + "px";
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        draw();
      }

      // The first slice that ends behind `time`.
      function search(list, time) {
        let low = 0, high = list.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (list[middle] <= time) low = middle + 1; else high = middle;
        }
        return low;
      }

      function duration(ns) {
        if (ns >= 1e9) return (ns / 1e9).toFixed(3) + " s";
        if (ns >= 1e6) return (ns / 1e6).toFixed(3) + " ms";
        if (ns >= 1e4) return (ns / 1e3).toFixed(1) + " µs";
        return Math.round(ns) + " ns";
      }

      function drawAxis() {
        const span = to - from;
        let step = Math.pow(10, Math.floor(Math.log10(span / Math.max(2, width / 110))));
        for (const factor of [1, 2, 5, 10]) if (span / (step * factor) <= width / 100) { step *= factor; break; }
        const digits = Math.max(0, Math.min(9, 9 - Math.floor(Math.log10(step) + 1e-9)));
        context.fillStyle = ink;
        context.strokeStyle = line;
        context.textBaseline = "middle";
        context.textAlign = "left";
        context.beginPath();
        for (let time = Math.ceil(from / step) * step, n = 0; time <= to && n < 500; time += step, n++) {
          const x = GUTTER + (time - from) / span * width;
          context.moveTo(x + 0.5, 2);
          context.lineTo(x + 0.5, height);
          const text = (time / 1e9).toFixed(digits) + " s";
          if (x + 4 + context.measureText(text).width < GUTTER + width) context.fillText(text, x + 4, 9);
        }
        context.stroke();
      }

      function drawLane(lane, y) {
        const scale = width / (to - from), groups = colours.length;
        const share = new Float32Array(width * groups);
        const texts = [];
        for (let i = search(lane.end, from); i < lane.start.length && lane.start[i] < to; i++) {
          const x0 = Math.max(0, (lane.start[i] - from) * scale), x1 = Math.min(width, (lane.end[i] - from) * scale);
          const group = lane.group[i];
          const a = Math.floor(x0), b = Math.floor(x1);
          if (a === b) { if (a < width) share[a * groups + group] += x1 - x0; continue; }
          share[a * groups + group] += a + 1 - x0;
          if (b < width) share[b * groups + group] += x1 - b;
          if (b > a + 1) {
            context.fillStyle = colours[group];
            context.fillRect(GUTTER + a + 1, y, b - a - 1, LANE);
            if (b - a > 70) texts.push([i, a + 1, b]);
          }
        }
        // A column shows how its time was shared; what EL2 took stands on top.
        for (let x = 0; x < width; x++) {
          let bottom = y + LANE;
          for (let group = groups - 1; group >= 0; group--) {
            const part = share[x * groups + group];
            if (part <= 0) continue;
            const size = Math.min(bottom - y, Math.max(group === 1 ? 1 : 0, part * LANE));
            context.fillStyle = colours[group];
            context.fillRect(GUTTER + x, group === 1 ? y : bottom - size, 1, size);
            if (group !== 1) bottom -= size;
          }
        }
        context.textBaseline = "middle";
        for (const [i, a, b] of texts) {
          // Only where EL2 is idle the ground is too light for light letters.
          context.fillStyle = lane.group[i] === 0 ? dim : paper;
          context.save();
          context.beginPath();
          context.rect(GUTTER + a, y, b - a, LANE);
          context.clip();
          context.fillText(sliceName(lane, i), GUTTER + a + 5, y + LANE / 2);
          context.restore();
        }
      }

      function drawMarks(lane, y) {
        const scale = width / (to - from);
        const done = [-1, -1, -1];
        for (let i = search(lane.mark, from - 1e-9); i < lane.mark.length && lane.mark[i] <= to; i++) {
          const row = lane.rawMarks[i * MARK + 1], x = Math.floor((lane.mark[i] - from) * scale);
          if (done[row] === x) continue;
          done[row] = x;
          context.fillStyle = markColours[row];
          context.fillRect(GUTTER + x, y + row * 5, 1.5, 4);
        }
      }

      function draw() {
        context.clearRect(0, 0, width + GUTTER, height);
        context.font = "11px system-ui, sans-serif";
        drawAxis();
        lanes.forEach((lane, index) => {
          const y = AXIS + index * (LANE + GAP);
          context.fillStyle = ink;
          context.textAlign = "left";
          context.textBaseline = "middle";
          context.fillText("core " + lane.core, 4, y + LANE / 2);
          drawLane(lane, y);
          drawMarks(lane, y + LANE + 2);
        });
        root.dataset.drawn = sliceCount;
      }
      let pending = false;
      function redraw() {
        if (pending) return;
        pending = true;
        requestAnimationFrame(() => { pending = false; draw(); });
      }

      function sliceName(lane, i) {
        const level = lane.raw[i * SLICE + 2] >> 1, guest = labels[lane.raw[i * SLICE + 3]];
        const label = labels[lane.raw[i * SLICE + 4]];
        return "EL" + level + (guest ? " " + guest : "") + (label ? " · " + label : "");
      }

      // Zoom and pan.
      function show(a, b) {
        const span = Math.min(last - first, Math.max(20, b - a));
        from = Math.min(Math.max(first, a), last - span);
        to = from + span;
        redraw();
      }
      function zoom(factor, at) {
        const centre = at === undefined ? (from + to) / 2 : at;
        show(centre - (centre - from) * factor, centre + (to - centre) * factor);
      }
      const timeAt = (x) => from + (x - GUTTER) / width * (to - from);
      canvas.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
        event.preventDefault();
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          const shift = event.deltaX / width * (to - from);
          show(from + shift, to + shift);
        } else {
          zoom(Math.exp(event.deltaY / 300), timeAt(event.offsetX));
        }
      }, { passive: false });
      let drag = null;
      canvas.addEventListener("pointerdown", (event) => {
        drag = { x: event.offsetX, from: from, to: to };
        canvas.setPointerCapture(event.pointerId);
      });
      canvas.addEventListener("pointerup", () => { drag = null; });
      canvas.addEventListener("pointermove", (event) => {
        if (drag) {
          const shift = (drag.x - event.offsetX) / width * (drag.to - drag.from);
          show(drag.from + shift, drag.to + shift);
        }
        point(event.offsetX, event.offsetY);
      });
      canvas.addEventListener("dblclick", (event) => zoom(event.shiftKey ? 4 : 0.25, timeAt(event.offsetX)));
      canvas.addEventListener("keydown", (event) => {
        const shift = (to - from) / 5;
        switch (event.key) {
          case "+": case "=": zoom(0.5); break;
          case "-": zoom(2); break;
          case "0": show(first, last); break;
          case "ArrowLeft": show(from - shift, to - shift); break;
          case "ArrowRight": show(from + shift, to + shift); break;
          default: return;
        }
        event.preventDefault();
      });
      document.getElementById("in").addEventListener("click", () => zoom(0.5));
      document.getElementById("out").addEventListener("click", () => zoom(2));
      document.getElementById("all").addEventListener("click", () => show(first, last));

      // What is under the pointer.
      const about = document.getElementById("about"), hint = about.textContent;
      function point(x, y) {
        const index = Math.floor((y - AXIS) / (LANE + GAP)), lane = lanes[index], time = timeAt(x);
        let text = hint;
        if (lane && x >= GUTTER) {
          const below = y - AXIS - index * (LANE + GAP) - LANE;
          text = "core " + lane.core + " · " + (time / 1e9).toFixed(9) + " s";
          if (below > 1) {
            let i = search(lane.mark, time);
            if (i > 0 && (i === lane.mark.length || time - lane.mark[i - 1] < lane.mark[i] - time)) i--;
            if (i < lane.mark.length && Math.abs(lane.mark[i] - time) < 6 / width * (to - from)) {
              text += " · " + rows[lane.rawMarks[i * MARK + 1]] + " · " + labels[lane.rawMarks[i * MARK + 2]]
                + " · event " + lane.rawMarks[i * MARK + 3];
            }
          } else {
            const i = search(lane.end, time);
            if (i < lane.start.length && lane.start[i] <= time) {
              const inexact = lane.raw[i * SLICE + 2] & 1, event = lane.raw[i * SLICE + 5];
              text += " · " + sliceName(lane, i) + " · " + (inexact ? "about " : "")
                + duration(lane.end[i] - lane.start[i]) + (event ? " · event " + (event - 1) : "");
            }
          }
        }
        about.textContent = text;
      }
      canvas.addEventListener("pointerleave", () => { about.textContent = hint; });

      readColours();
      const legend = document.getElementById("domains");
      domains.forEach((domain, index) => {
        const item = document.createElement("span"), swatch = document.createElement("i");
        swatch.style.background = colours[4 + index % 6];
        item.append(swatch, domain);
        legend.append(item);
      });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });
      new ResizeObserver(resize).observe(canvas.parentElement);
      // "#t=3.37-3.48" opens at these seconds.
      const range = /^#t=([0-9.]+)-([0-9.]+)$/.exec(location.hash);
      if (range && +range[2] > +range[1]) show(range[1] * 1e9, range[2] * 1e9);
      resize();
      if (location.hash === "#measure") {
        const begin = performance.now();
        for (let i = 0; i < 10; i++) draw();
        root.dataset.frame = ((performance.now() - begin) / 10).toFixed(1);
      }
      root.dataset.state = "ready";
    })();
    """#
}
