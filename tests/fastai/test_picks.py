def test_fastai_imports():
    from fastai.callback.schedule import SuggestionMethod
    from fastai.learner import Learner

    assert Learner.lr_find
    assert SuggestionMethod.Valley
