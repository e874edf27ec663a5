// The words of the page in English and Chinese, chosen by the browser's language.

const english = {
  title: "Review", type: "Type", field: "Field", code: "Failure", state: "Show", all: "all",
  open: "to review", accepted: "accepted", skipped: "skipped", unreadableOnes: "unreadable", every: "everything",
  picture: "Picture", fields: "Fields", actions: "Actions", contradictions: "Contradictions",
  accept: "Accept", correct: "Correct", skip: "Skip", unreadable: "Unreadable", back: "Back", undo: "Undo",
  keys: "Keys", close: "Close", save: "Save", cancel: "Cancel", correctTo: "Correct",
  larger: "Larger", smaller: "Smaller", turn: "Turn",
  wrong: "contradicts", doubtful: "doubtful", corrected: "corrected", empty: "empty", placeless: "not found in the picture",
  page: (number) => `page ${number}`,
  count: (reviewed, total, skipped) => `${reviewed} of ${total} reviewed` + (skipped ? `, ${skipped} skipped` : ""),
  sorting: (sorted) => `Putting the worst first: ${sorted} …`,
  verdict: { accepted: "accepted", skipped: "skipped", unreadable: "unreadable" },
  ended: "Nothing left to review here.", left: (skipped) => `${skipped} skipped.`, again: "Look at the skipped ones",
  said: { accepted: "Accepted.", skipped: "Skipped.", unreadable: "Marked as unreadable.", corrected: "Corrected." },
  undone: "Taken back.", nothingToUndo: "Nothing to take back.", nothingBefore: "This is the first one.",
  lost: "The server does not answer. What was decided before is kept; start the review again.",
  verdictOf: "This document:", undecided: "undecided", saveFile: "Save the corrections",
  howTo: "Change what is wrong, then save the corrections and send the file back.",
  refused: "This value does not fit the field.", gone: "The job has replaced this document.", failed: "Not read",
  help: [
    ["A, Enter", "accept the document"], ["C, E, F2", "correct the chosen field"], ["S", "skip"],
    ["U", "unreadable"], ["B, ←", "back to the one before"], ["Z", "undo the last step"],
    ["↑ ↓, K J", "choose a field"], ["+ − 0", "zoom"], ["R", "turn the picture"], ["F", "filters"],
    ["Shift+Enter", "a new line while correcting"],
  ],
};

const chinese = {
  title: "复核", type: "类型", field: "字段", code: "失败原因", state: "显示", all: "全部",
  open: "待复核", accepted: "已接受", skipped: "已跳过", unreadableOnes: "无法辨认", every: "全部",
  picture: "图片", fields: "字段", actions: "操作", contradictions: "矛盾之处",
  accept: "接受", correct: "更正", skip: "跳过", unreadable: "无法辨认", back: "返回", undo: "撤销",
  keys: "快捷键", close: "关闭", save: "保存", cancel: "取消", correctTo: "更正",
  larger: "放大", smaller: "缩小", turn: "旋转",
  wrong: "有矛盾", doubtful: "存疑", corrected: "已更正", empty: "空", placeless: "图中未找到",
  page: (number) => `第 ${number} 页`,
  count: (reviewed, total, skipped) => `已复核 ${reviewed} / ${total}` + (skipped ? `，跳过 ${skipped}` : ""),
  sorting: (sorted) => `正在排序，问题最多的在前：${sorted} …`,
  verdict: { accepted: "已接受", skipped: "已跳过", unreadable: "无法辨认" },
  ended: "此处没有待复核的文件了。", left: (skipped) => `跳过了 ${skipped} 份。`, again: "查看跳过的文件",
  said: { accepted: "已接受。", skipped: "已跳过。", unreadable: "已标为无法辨认。", corrected: "已更正。" },
  undone: "已撤销。", nothingToUndo: "没有可撤销的操作。", nothingBefore: "这是第一份。",
  lost: "服务没有响应。之前的决定已保存，请重新启动复核。",
  verdictOf: "此文件：", undecided: "未定", saveFile: "保存更正",
  howTo: "请改正有误之处，然后保存更正并将文件发回。",
  refused: "该值不符合此字段。", gone: "任务已更新此文件。", failed: "未能识别",
  help: [
    ["A、Enter", "接受文件"], ["C、E、F2", "更正所选字段"], ["S", "跳过"],
    ["U", "无法辨认"], ["B、←", "返回上一份"], ["Z", "撤销上一步"],
    ["↑ ↓、K J", "选择字段"], ["+ − 0", "缩放"], ["R", "旋转图片"], ["F", "筛选"],
    ["Shift+Enter", "更正时换行"],
  ],
};

const sentences = [
  [/^The check digit of (.+) is wrong\.$/, "$1 的校验位不对。"],
  [/^(.+) and (.+) are different amounts\.$/, "$1 与 $2 金额不一致。"],
  [/^(.+) is not the sum of (.+) over (.+)\.$/, "$1 不等于 $3 中 $2 之和。"],
  [/^(.+) is not the sum of (.+)\.$/, "$1 不等于 $2 之和。"],
  [/^(.+) is after (.+)\.$/, "$1 晚于 $2。"],
  [/^(.+) is not the day in (.+)\.$/, "$1 与 $2 中的日期不符。"],
  [/^(.+) is not the sex in (.+)\.$/, "$1 与 $2 中的性别不符。"],
  [/^Check digits of the machine-readable zone are wrong: (.+)\.$/, "机读区的校验位不对：$1。"],
  [/^(.+) is not what the machine-readable zone says\.$/, "$1 与机读区不符。"],
];

const problems = [
  [/its picture is not on this machine$/, "图片不在本机上"],
  [/its picture is not the one that was read any more$/, "图片已不是当时识别的那一张"],
  [/its picture cannot be read: .*$/, "图片无法读取"],
  [/^the picture cannot be (read|shown): .*$/, "图片无法显示"],
];

const isChinese = /^zh/i.test(navigator.language);

export const language = isChinese ? "zh-CN" : "en";
export const texts = isChinese ? chinese : english;

export function sentence(text) {
  if (!isChinese) return text;
  const known = sentences.find(([pattern]) => pattern.test(text));
  return known ? text.replace(known[0], known[1]).replaceAll(" and ", "、") : text;
}

export function problem(text) {
  const known = isChinese && problems.find(([pattern]) => pattern.test(text));
  return known ? text.replace(known[0], known[1]) : text;
}
