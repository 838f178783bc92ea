"""Arithmetic of half-open time intervals ``(start, end)``, in seconds or moments."""


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


def difference(left, right):
    """The time that one covers and the other does not."""
    result = []
    taken = union(right)
    for start, end in union(left):
        for begin, finish in taken:
            if finish <= start or begin >= end:
                continue
            if start < begin:
                result.append((start, begin))
            start = finish
        if start < end:
            result.append((start, end))
    return result


def total(intervals):
    """Seconds covered, overlaps counted once."""
    return sum(end - start for start, end in union(intervals))
