"use strict";
// A net that was laid out beforehand is painted on a canvas. Only what a grid finds in the window is painted.

const folded = JSON.parse(document.getElementById("net").textContent);
const $ = id => document.getElementById(id);
const canvas = $("canvas"), panel = $("panel"), list = $("list"), search = $("search");

const CELL = 512;            // pixels of a cell of the grid
const READABLE = 5;          // pixels of type below which text is left out
const FONT = 'Inter, "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif';
const WEIGHTS = [400, 500, 600];
const [BOX, WIRE, FRAME] = [0, 1, 2];

let net, boxes, frames, wires;

const view = {x: 0, y: 0, zoom: 1};
const dark = matchMedia("(prefers-color-scheme: dark)");
let pen = null, theme = folded.themes[0], chosen = null, matches = null, isAsked = false;
let looks = 0;               // counts what changes how the same things look

function around(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < points.length; at += 2) {
    left = Math.min(left, points[at]); right = Math.max(right, points[at]);
    top = Math.min(top, points[at + 1]); bottom = Math.max(bottom, points[at + 1]);
  }
  return {x: left, y: top, w: right - left, h: bottom - top};
}

// The grid: for each cell the things that touch it, by kind.

let columns, rows, grid, seen, turn = 0;

function eachCell({x, y, w, h}, visit) {
  const clamp = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value / CELL)));
  for (let row = clamp(y, rows); row <= clamp(y + h, rows); row++)
    for (let column = clamp(x, columns); column <= clamp(x + w, columns); column++) visit(grid[row * columns + column]);
}

// Either the net as it was drawn, or each of its repeats by itself.

function load(drawn) {
  net = drawn;
  boxes = net.boxes.map(([x, y, w, h, paint, form, marks, texts, title], id) => ({
    id, x, y, w, h, paint, form, title, texts, isOutput: marks & 1, isStacked: marks & 2, isDashed: marks & 4, isFaded: marks & 8, into: [], out: [], frames: []}));
  frames = net.frames.map(([x, y, w, h, depth, title, inside, isRepeated], id) => ({id, x, y, w, h, depth, title, inside, isRepeated, isClosed: false}));
  wires = net.wires.map(([source, target, kind, points, label], id) => ({id, source, target, kind, points, label, ...around(points)}));
  for (const wire of wires) { boxes[wire.source].out.push(wire); boxes[wire.target].into.push(wire); }
  for (const frame of frames) for (const id of frame.inside) boxes[id].frames.push(frame);
  [columns, rows] = [net.width, net.height].map(side => Math.ceil(side / CELL) + 1);
  grid = Array.from({length: columns * rows}, () => [[], [], []]);
  seen = [boxes, wires, frames].map(things => new Int32Array(things.length));
  turn = 0;
  [boxes, wires, frames].forEach((things, kind) => things.forEach(thing => eachCell(thing, cell => cell[kind].push(thing))));
  $("fold").hidden = !frames.length;
  $("unfold").textContent = net === folded ? "Unfold repeats" : "Fold repeats";
  label();
}

function turnOver() {
  if (!folded.unfolded) return;
  load(net === folded ? folded.unfolded : folded);
  choose(null);
  if (search.value) find();
  dress();
  fit();
}

// What stands for many, opened: the window shows all of its copies.

function unfold(ids) {
  const numbers = new Set(ids.flatMap(id => folded.copies[id]));
  turnOver();
  const [left, top, right, bottom] = [...numbers].map(number => boxes[number]).reduce(
    ([left, top, right, bottom], {x, y, w, h}) => [Math.min(left, x), Math.min(top, y), Math.max(right, x + w), Math.max(bottom, y + h)],
    [Infinity, Infinity, -Infinity, -Infinity]);
  if (numbers.size) show({x: left - 40, y: top - 60, w: right - left + 80, h: bottom - top + 100});
}

function inWindow(place) {
  const found = [[], [], []];
  turn++;
  eachCell(place, cell => cell.forEach((things, kind) => {
    for (const thing of things) {
      if (seen[kind][thing.id] === turn) continue;
      seen[kind][thing.id] = turn;
      if (thing.x <= place.x + place.w && thing.x + thing.w >= place.x && thing.y <= place.y + place.h && thing.y + thing.h >= place.y)
        found[kind].push(thing);
    }
  }));
  found[FRAME].sort((one, other) => one.id - other.id);
  return found;
}

// Painting, from the background to the front.

const opens = thing => folded.unfolded && net === folded && (thing.isRepeated || thing.isStacked);
const isHidden = box => box.frames.some(frame => frame.isClosed);
const isInClosed = frame => frames.some(other => other.isClosed && other.depth < frame.depth && holds(other, frame.x + 1, frame.y + 1));
const holds = (place, x, y) => x >= place.x && x <= place.x + place.w && y >= place.y && y <= place.y + place.h;
const shade = box => box.isFaded || (matches && !matches.has(box.id)) ? 0.25 : 1;

function ask(isChanged = false) {
  if (isChanged) looks++;
  if (!isAsked) { isAsked = true; requestAnimationFrame(paint); }
}

function paint() {
  isAsked = false;
  const ratio = devicePixelRatio || 1, {clientWidth: width, clientHeight: height} = canvas;
  size(canvas, width * ratio, height * ratio);
  pen = canvas.getContext("2d");
  if (11 * view.zoom < READABLE) blit(width, height, ratio);
  else paintPart({x: view.x, y: view.y, w: width / view.zoom, h: height / view.zoom}, view.zoom * ratio);
  pen.setTransform(ratio * view.zoom, 0, 0, ratio * view.zoom, -view.x * view.zoom * ratio, -view.y * view.zoom * ratio);
  if (chosen && !isHidden(chosen)) outline(chosen);
}

function size(surface, width, height) {
  [width, height] = [Math.round(width), Math.round(height)];
  if (surface.width !== width || surface.height !== height) Object.assign(surface, {width, height});
}

// From afar thousands of boxes are in the window: they are painted once, with air around, and moved as one picture.

const far = {surface: document.createElement("canvas"), place: null, zoom: 0, looks: -1};

function blit(width, height, ratio) {
  const place = {x: view.x, y: view.y, w: width / view.zoom, h: height / view.zoom}, air = 0.5, scale = view.zoom * ratio;
  const covers = far.place && place.x >= far.place.x && place.y >= far.place.y
    && place.x + place.w <= far.place.x + far.place.w && place.y + place.h <= far.place.y + far.place.h;
  if (!covers || far.zoom !== scale || far.looks !== looks) {
    const around = {x: place.x - air * place.w, y: place.y - air * place.h, w: (1 + 2 * air) * place.w, h: (1 + 2 * air) * place.h};
    size(far.surface, around.w * scale, around.h * scale);
    pen = far.surface.getContext("2d");
    paintPart(around, scale);
    Object.assign(far, {place: around, zoom: scale, looks});
    pen = canvas.getContext("2d");
  }
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.drawImage(far.surface, Math.round((far.place.x - place.x) * scale), Math.round((far.place.y - place.y) * scale));
}

function paintPart(place, scale) {
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = theme.paper;
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.setTransform(scale, 0, 0, scale, -place.x * scale, -place.y * scale);
  const found = inWindow(place), isFar = 11 * view.zoom < READABLE;
  const open = found[FRAME].filter(frame => !frame.isClosed && !isInClosed(frame));
  const near = found[BOX].filter(box => !isHidden(box));
  open.forEach(paintFrame);
  paintWires(found[WIRE], isFar);
  if (isFar) paintFar(near); else near.forEach(paintBox);
  found[FRAME].filter(frame => frame.isClosed && !isInClosed(frame)).forEach(paintClosed);
  open.forEach(paintTitle);
}

function rounded(x, y, w, h, radius) { pen.beginPath(); pen.roundRect(x, y, w, h, radius); }

function paintFrame(frame) {
  rounded(frame.x, frame.y, frame.w, frame.h, 8);
  pen.fillStyle = theme.frames[frame.depth % 2]; pen.fill();
  pen.strokeStyle = theme.frameEdge; pen.lineWidth = Math.max(1, 0.7 / view.zoom); pen.stroke();
}

function paintTitle(frame) {
  // From afar the title grows, as long as it has room, and says what the frame is about.
  const size = Math.max(11, Math.min(10 / view.zoom, frame.h / 3, 1.6 * frame.w / Math.max(4, frame.title.length)));
  if (size * view.zoom < READABLE) return;
  pen.font = `500 ${size}px ${FONT}`;
  pen.fillStyle = theme.quiet; pen.strokeStyle = theme.frames[frame.depth % 2]; pen.lineWidth = size / 2.5; pen.lineJoin = "round";
  const words = (opens(frame) ? "▸ " : "▾ ") + frame.title;
  pen.strokeText(words, frame.x + 8, frame.y + 5 + size, frame.w - 12);
  pen.fillText(words, frame.x + 8, frame.y + 5 + size, frame.w - 12);
}

function paintClosed(frame) {
  paintFrame(frame);
  const size = Math.max(13, Math.min(28, frame.h / 4, 15 / view.zoom));
  if (size * view.zoom < READABLE) return;
  pen.textAlign = "center"; pen.fillStyle = theme.ink; pen.font = `600 ${size}px ${FONT}`;
  pen.fillText("▸ " + frame.title, frame.x + frame.w / 2, frame.y + frame.h / 2, frame.w - 16);
  pen.fillStyle = theme.quiet; pen.font = `400 ${size * .8}px ${FONT}`;
  pen.fillText(`${frame.inside.length.toLocaleString("en")} boxes`, frame.x + frame.w / 2, frame.y + frame.h / 2 + size * 1.2, frame.w - 16);
  pen.textAlign = "left";
}

function paintWires(found, isFar) {
  const byLook = new Map();
  for (const wire of found) {
    const [source, target] = [boxes[wire.source], boxes[wire.target]];
    if (source.frames.some(frame => frame.isClosed && target.frames.includes(frame))) continue;
    const isNear = chosen && (source === chosen || target === chosen);
    const look = isNear ? "near" : `${wire.kind} ${Math.min(shade(source), shade(target))}`;
    if (!byLook.has(look)) byLook.set(look, []);
    byLook.get(look).push(wire);
  }
  for (const [look, group] of byLook) {
    const [kind, alpha] = look.split(" ");
    pen.strokeStyle = pen.fillStyle = look === "near" ? theme.focus : theme.strokes[kind];
    pen.globalAlpha = look === "near" ? 1 : +alpha;
    pen.lineWidth = Math.max(look === "near" ? 2.4 : 1.4, (isFar ? 0.6 : 0) / view.zoom);
    pen.setLineDash(isFar ? [] : {1: [5, 4], 2: [1.5, 3], 5: [5, 4]}[kind] || []);
    pen.beginPath();
    for (const wire of group) trace(wire.points, isFar);
    pen.stroke();
    pen.setLineDash([]);
    if (isFar) continue;
    pen.beginPath();
    for (const wire of group) arrow(wire.points);
    pen.fill();
    pen.font = `400 10px ${FONT}`;
    if (10 * view.zoom >= READABLE) for (const {label} of group) if (label) pen.fillText(label[0], label[1], label[2], label[3]);
  }
  pen.globalAlpha = 1;
}

function trace(points, isFar) {
  pen.moveTo(points[0], points[1]);
  for (let at = 2; at < points.length; at += 6)
    if (isFar) pen.lineTo(points[at + 4], points[at + 5]);
    else pen.bezierCurveTo(points[at], points[at + 1], points[at + 2], points[at + 3], points[at + 4], points[at + 5]);
}

function arrow(points) {
  const end = points.length, x = points[end - 2], y = points[end - 1];
  let at = end - 4;
  while (at > 0 && Math.hypot(x - points[at], y - points[at + 1]) < 0.5) at -= 2;
  const length = Math.hypot(x - points[at], y - points[at + 1]) || 1, dx = (x - points[at]) / length, dy = (y - points[at + 1]) / length;
  pen.moveTo(x, y); pen.lineTo(x - 7 * dx - 3 * dy, y - 7 * dy + 3 * dx); pen.lineTo(x - 7 * dx + 3 * dy, y - 7 * dy - 3 * dx);
}

function paintFar(near) {
  const byPaint = new Map();
  for (const box of near) {
    const look = `${box.paint} ${shade(box)}`;
    if (!byPaint.has(look)) byPaint.set(look, []);
    byPaint.get(look).push(box);
  }
  for (const [look, group] of byPaint) {
    const [paint, alpha] = look.split(" ");
    pen.globalAlpha = +alpha;
    pen.fillStyle = theme.paints[paint][1];
    pen.beginPath();
    for (const box of group) pen.rect(box.x, box.y, box.w, box.h);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function paintBox(box) {
  const [fill, edge, ink, title] = theme.paints[box.paint], depth = box.isStacked ? 8 : 0;
  const w = box.w - depth, h = box.h - depth, radius = box.form ? Math.min(h / 2, 24) : 6;
  pen.globalAlpha = shade(box);
  pen.fillStyle = fill; pen.strokeStyle = edge; pen.lineWidth = box.isOutput ? 2 : 1.2;
  pen.setLineDash(box.isDashed ? [4, 3] : []);
  for (let step = depth; step >= 0; step -= 4) { rounded(box.x + step, box.y + step, w, h, radius); pen.fill(); pen.stroke(); }
  pen.setLineDash([]);
  for (const [text, x, y, size, weight, role, width] of box.texts) {
    if (size * view.zoom < READABLE) continue;
    pen.font = `${WEIGHTS[weight]} ${size}px ${FONT}`;
    pen.fillStyle = role ? ink : title;
    pen.fillText(text, box.x + x, box.y + y, width);
  }
  pen.globalAlpha = 1;
}

function outline(box) {
  pen.strokeStyle = theme.focus; pen.lineWidth = Math.max(3, 2 / view.zoom);
  rounded(box.x - 4, box.y - 4, box.w + 8, box.h + 8, box.form ? Math.min(box.h / 2, 24) + 4 : 10); pen.stroke();
}

// Moving about.

function zoomAt(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const zoom = Math.min(4, Math.max(smallest() / 2, view.zoom * factor));
  view.x += x / view.zoom - x / zoom; view.y += y / view.zoom - y / zoom; view.zoom = zoom;
  ask();
}

const smallest = () => Math.min(1, canvas.clientWidth / net.width, canvas.clientHeight / net.height);

function move(x, y) { view.x += x / view.zoom; view.y += y / view.zoom; ask(); }

const fit = () => show({x: 0, y: 0, w: net.width, h: net.height});

function show({x, y, w, h}) {
  view.zoom = Math.min(1.5, canvas.clientWidth / w, canvas.clientHeight / h);
  view.x = x + (w - canvas.clientWidth / view.zoom) / 2; view.y = y + (h - canvas.clientHeight / view.zoom) / 2;
  ask();
}

function goTo(box) {
  view.zoom = Math.max(view.zoom, 0.9);
  view.x = box.x + box.w / 2 - canvas.clientWidth / view.zoom / 2; view.y = box.y + box.h / 2 - canvas.clientHeight / view.zoom / 2;
  box.frames.forEach(frame => { frame.isClosed = false; });
  choose(box);
}

// What is known of a layer.

function element(tag, text = "", more = {}) { return Object.assign(document.createElement(tag), {textContent: text}, more); }

function choose(box) {
  chosen = box;
  panel.hidden = !box;
  panel.replaceChildren();
  ask(true);
  if (!box) return;
  const close = element("button", "×", {className: "close", title: "Close (Esc)", onclick: () => choose(null)});
  close.setAttribute("aria-label", "Close");
  const table = element("table");
  for (const [word, value] of factsOf(box)) {
    const row = table.insertRow();
    row.append(element("th", word, {scope: "row"}), element("td", value));
  }
  panel.append(close, element("h2", box.title));
  if (opens(box)) panel.append(element("button", "Show each of them", {onclick: () => unfold([box.id])}));
  panel.append(table);
  neighbours("Hears from", box.into.map(wire => boxes[wire.source]));
  neighbours("Goes to", box.out.map(wire => boxes[wire.target]));
}

const factsOf = box => (net.facts[box.id] || []).map(([word, value]) => [net.words[word], net.words[value]]);

function neighbours(heading, others) {
  if (!others.length) return;
  panel.append(element("h3", heading));
  for (const other of others.slice(0, 40)) panel.append(element("button", other.title, {className: "link", onclick: () => goTo(other)}));
}

function find() {
  const word = search.value.trim().toLowerCase();
  const within = box => net === folded && folded.unfolded ? folded.copies[box.id].map(number => folded.unfolded.boxes[number][8]) : [];
  const texts = box => [box.title, ...box.texts.map(text => text[0]), ...box.frames.map(frame => frame.title), ...within(box)]
    .join("\n").toLowerCase();
  const found = word ? boxes.filter(box => texts(box).includes(word)) : [];
  matches = word ? new Set(found.map(box => box.id)) : null;
  $("found").textContent = word ? `${found.length.toLocaleString("en")} found` : "";
  list.hidden = !found.length;
  list.replaceChildren(...found.slice(0, 50).map(box => {
    const item = element("li"), button = element("button", box.title, {onclick: () => { list.hidden = true; goTo(box); canvas.focus(); }});
    button.append(element("small", box.frames.map(frame => frame.title).join(" / ")));
    item.append(button);
    return item;
  }));
  ask(true);
}

function closeGroups() {
  const close = !frames.some(frame => frame.isClosed);
  frames.forEach(frame => { frame.isClosed = close && frame.depth === 0; });
  label();
  ask(true);
}

function label() { $("fold").textContent = frames.some(frame => frame.isClosed) ? "Open groups" : "Close groups"; }

function toggle(frame) {
  frame.isClosed = !frame.isClosed;
  label();
  ask(true);
}

function clickAt(x, y) {
  const [near, , around] = inWindow({x, y, w: 0, h: 0});
  const closed = around.find(frame => frame.isClosed);
  if (closed) return toggle(closed);
  const box = near.find(box => !isHidden(box));
  if (box) return choose(box);
  const titled = around.filter(frame => y < frame.y + Math.max(22, 18 / view.zoom)).pop();
  if (titled) return opens(titled) ? unfold(titled.inside) : toggle(titled);
  choose(null);
}

// What the reader does.

const fingers = new Map();
let way = 0;

canvas.addEventListener("pointerdown", event => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, event);
  canvas.classList.add("moving");
  list.hidden = true;
  if (fingers.size === 1) way = 0;
});
canvas.addEventListener("pointermove", event => {
  const last = fingers.get(event.pointerId);
  if (!last) return;
  fingers.set(event.pointerId, event);
  const [dx, dy] = [event.offsetX - last.offsetX, event.offsetY - last.offsetY];
  way += Math.hypot(dx, dy);
  move(-dx / fingers.size, -dy / fingers.size);
  if (fingers.size === 2) {
    const other = [...fingers.values()].find(finger => finger.pointerId !== event.pointerId);
    const far = finger => Math.hypot(finger.offsetX - other.offsetX, finger.offsetY - other.offsetY) || 1;
    zoomAt(far(event) / far(last), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
  }
});
function lift(event) {
  if (!fingers.delete(event.pointerId)) return;
  canvas.classList.remove("moving");
  if (event.type === "pointerup" && way < 4) clickAt(view.x + event.offsetX / view.zoom, view.y + event.offsetY / view.zoom);
}
canvas.addEventListener("pointerup", lift);
canvas.addEventListener("pointercancel", lift);
canvas.addEventListener("wheel", event => {
  event.preventDefault();
  zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.offsetX, event.offsetY);
}, {passive: false});

const next = step => boxes.length && goTo(boxes[((chosen ? chosen.id : step > 0 ? -1 : 0) + step + boxes.length) % boxes.length]);
const KEYS = {
  ArrowLeft: () => move(-60, 0), ArrowRight: () => move(60, 0), ArrowUp: () => move(0, -60), ArrowDown: () => move(0, 60),
  "+": () => zoomAt(1.25), "=": () => zoomAt(1.25), "-": () => zoomAt(0.8), 0: fit, n: () => next(1), p: () => next(-1), f: closeGroups, u: turnOver};

canvas.addEventListener("keydown", event => {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});
addEventListener("keydown", event => {
  if (event.key === "Escape") { list.hidden = true; search.value = ""; find(); choose(null); canvas.focus(); }
  if (event.key === "/" && event.target !== search) { event.preventDefault(); search.focus(); }
});
search.addEventListener("input", find);
search.addEventListener("keydown", event => {
  if (event.key === "Enter" && matches && matches.size) { list.hidden = true; goTo(boxes[[...matches][0]]); canvas.focus(); }
});
$("in").onclick = () => zoomAt(1.25);
$("out").onclick = () => zoomAt(0.8);
$("fit").onclick = fit;
$("fold").onclick = closeGroups;
$("unfold").onclick = turnOver;
$("unfold").hidden = !folded.unfolded;

function dress() {
  const isDark = net.themes.length > 1 ? dark.matches : net.isDark;
  theme = net.themes[net.themes.length > 1 && isDark ? 1 : 0];
  document.documentElement.className = isDark ? "dark" : "";
  ask(true);
}
dark.addEventListener("change", dress);
new ResizeObserver(() => ask()).observe(canvas);
load(folded);
dress();
fit();
