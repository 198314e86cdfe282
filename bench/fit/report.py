"""The figures of the fit bench as a page of text. Nothing is computed here."""

from __future__ import annotations

from typing import Any


def page(found: dict[str, Any]) -> str:
    """Tables of a report of bench.fit."""
    lines = [
        f"{found['n']} lots with a winner among {found['firms']:.0f} firms, of {found['tested']} held out "
        f"(coverage {found['coverage']:.3f}); {found['seconds']} s",
        *(f"note: {gap}" for gap in found["missing"]),
        "",
        f"{'method':<8}{'nDCG@10':>9}{'SE':>7}{'R@10':>8}{'MRR':>8}{'ours ahead by':>16}{'SE':>7}",
    ]
    for name, row in found["methods"].items():
        ahead = f"{row['behind']:>16.4f}{row['behind_se']:>7.4f}" if name != "ours" else ""
        lines.append(f"{name:<8}{row['ndcg']:>9.4f}{row['se']:>7.4f}{row['recall']:>8.3f}{row['mrr']:>8.3f}{ahead}")
    lines.append(f"ours / rrf = {found['ratio']:.3f} (95 %: {found['ratio_low']:.3f} to {found['ratio_high']:.3f})")
    return "\n".join([*lines, *_ict(found["ict"]), *_parts(found), *_ablation(found)])


def _ict(ict: dict[str, Any]) -> list[str]:
    if not ict["n"]:
        return ["", "no ICT lot among them"]
    rows = [f"{name:<8}{ict[name]:>9.4f}{ict[name + '_se']:>7.4f}" for name in ("ours", "rrf", "bm25", "cpv")]
    ahead = f"ours ahead of rrf by {ict['difference']:.4f}, SE {ict['difference_se']:.4f}"
    return ["", f"ICT alone, {ict['n']} lots", *rows, ahead]


def _parts(found: dict[str, Any]) -> list[str]:
    rows = [
        f"{row['part']:<6}{row['n']:>6}{row['ours']:>8.4f}{row['rrf']:>8.4f}{row['bm25']:>8.4f}{row['cpv']:>8.4f}  "
        f"{row['rrf_variant']}, k = {row['rrf_k']}"
        for row in found["parts"]
    ]
    return ["", f"{'part':<6}{'n':>6}{'ours':>8}{'rrf':>8}{'bm25':>8}{'cpv':>8}  the rank fusion chose", *rows]


def _ablation(found: dict[str, Any]) -> list[str]:
    if not found["ablation"]:
        return []
    rows = [
        f"{name:<18}{row['ndcg']:>9.4f}{row['behind']:>10.4f}{row['behind_se']:>8.4f}"
        for name, row in found["ablation"].items()
    ]
    return ["", f"{'':<18}{'nDCG@10':>9}{'loses':>10}{'SE':>8}", *rows]
