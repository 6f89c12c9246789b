import xml.etree.ElementTree as ElementTree

from pipeline.report.reliability import reliability_chart


def circles(chart: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(chart).iter("circle"))


def test_a_dot_stands_where_its_forecast_and_its_outcome_say():
    chart = reliability_chart({"rates": [(0.0, 0.0, 4), (1.0, 1.0, 4), (0.5, 1.0, 1)]}, "forecast", "observed")
    low, high, above = circles(chart)
    (diagonal,) = [line for line in ElementTree.fromstring(chart).iter("line") if line.get("class") == "axis"]
    assert (low.get("cx"), low.get("cy")) == (diagonal.get("x1"), diagonal.get("y1"))
    assert (high.get("cx"), high.get("cy")) == (diagonal.get("x2"), diagonal.get("y2"))
    assert float(above.get("cx", 0)) == (float(low.get("cx", 0)) + float(high.get("cx", 0))) / 2
    assert above.get("cy") == high.get("cy")


def test_the_area_of_a_dot_grows_with_its_tasks():
    few, many = circles(reliability_chart({"rates": [(0.2, 0.2, 25), (0.8, 0.8, 100)]}, "forecast", "observed"))
    assert float(many.get("r", 0)) == 2 * float(few.get("r", 0))


def test_names_are_escaped_and_said_once_for_each_curve():
    chart = reliability_chart({"a <b>": [(0.5, 0.5, 1)], "c": [(0.1, 0.2, 3)]}, "forecast & more", "observed")
    texts = [text.text for text in ElementTree.fromstring(chart).iter("text")]
    assert texts.count("● a <b>") == 1
    assert "forecast & more" in texts


def test_without_dots_there_is_no_chart():
    assert reliability_chart({"rates": []}, "forecast", "observed") == ""
