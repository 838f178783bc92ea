"""Arithmetic of half-open time intervals ``(start, end)`` in seconds."""


def union(intervals):
    """Sorted intervals without overlap that cover the same time."""
    result = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def intersection(left, right):
    """The time that both cover."""
    left, right = union(left), union(right)
    result = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            result.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return result


def total(intervals):
    """Seconds covered, overlaps counted once."""
    return sum(end - start for start, end in union(intervals))
