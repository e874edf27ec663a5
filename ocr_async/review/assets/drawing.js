// The picture and its crops as drawings: places are corner points in pixels of the picture file.

const SPACE = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function imageOf({ address, width, height }) {
  return shape("image", { href: address, width, height, preserveAspectRatio: "none" });
}

const angleOf = ([[x, y], [acrossX, acrossY]]) => (Math.atan2(acrossY - y, acrossX - x) * 180) / Math.PI;
const lengthOf = ([x, y], [otherX, otherY]) => Math.hypot(otherX - x, otherY - y);

function middleOf(quad) {
  return [0, 1].map((axis) => quad.reduce((sum, point) => sum + point[axis], 0) / quad.length);
}

// The frame of a place, a little larger than what it frames.
export function polygonOf(quad, isChosen) {
  const border = Math.max(lengthOf(quad[0], quad[3]), 4) * 0.12;
  const [along, down] = [quad[1], quad[3]].map((point) => direction(quad[0], point));
  const signs = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  const points = quad.map((point, at) => [0, 1].map((axis) =>
    point[axis] + border * (signs[at][0] * along[axis] + signs[at][1] * down[axis])));
  return shape("polygon", { points: points.map((point) => point.join()).join(" "), class: isChosen ? "chosen" : "" });
}

function direction(from, to) {
  const length = Math.max(lengthOf(from, to), 1);
  return [0, 1].map((axis) => (to[axis] - from[axis]) / length);
}

// The quarter turn at which most of the text is upright.
export function turnOf(quads) {
  const turns = quads.map((quad) => ((Math.round(-angleOf(quad) / 90) * 90) % 360 + 360) % 360);
  const counts = Map.groupBy ? Map.groupBy(turns, (turn) => turn) : new Map(turns.map((turn) => [turn, [turn]]));
  return [...counts].sort(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? 0;
}

// One place, upright, with a little of what is around it; `size` is the height of a line on the screen.
export function cropOf(picture, quad, size) {
  const [x, y] = middleOf(quad);
  const inner = Math.max(lengthOf(quad[0], quad[3]), 4);
  const across = Math.max(lengthOf(quad[0], quad[1]), 4) + inner * 0.8;
  const down = inner * 1.8;
  const scale = Math.min(size / Math.min(down, across), 3);
  const crop = shape("svg", {
    viewBox: `${x - across / 2} ${y - down / 2} ${across} ${down}`, width: across * scale, height: Math.min(down * scale, 160),
    class: "crop", "aria-hidden": "true", preserveAspectRatio: "xMinYMid meet",
  });
  const turned = shape("g", { transform: `rotate(${-angleOf(quad)} ${x} ${y})` });
  turned.append(imageOf(picture));
  crop.append(turned);
  return crop;
}

// The whole picture with its frames; when it is zoomed, around the chosen one.
export function framed(target, picture, frames, quad, { zoom, turn }) {
  const { width, height } = picture;
  const [across, down] = turn % 180 ? [height, width] : [width, height];
  const [x, y] = quad && zoom > 1 ? turned(middleOf(quad), picture, turn) : [width / 2, height / 2];
  const box = [x - across / zoom / 2, y - down / zoom / 2, across / zoom, down / zoom];
  target.setAttribute("viewBox", box.join(" "));
  const group = shape("g", { transform: `rotate(${turn} ${width / 2} ${height / 2})` });
  group.append(imageOf(picture), ...frames.sort((one, other) => one.classList.length - other.classList.length));
  target.replaceChildren(group);
}

function turned([x, y], { width, height }, turn) {
  const [dx, dy, angle] = [x - width / 2, y - height / 2, (turn * Math.PI) / 180];
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return [width / 2 + dx * cos - dy * sin, height / 2 + dx * sin + dy * cos];
}
